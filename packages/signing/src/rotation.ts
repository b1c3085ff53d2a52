import { TrunklineError } from '@trunkline/core';

/** A secret of an endpoint, as far as time is concerned. */
export interface TimedSecret {
  /** Counts the secrets that the endpoint has had; the greatest is the newest. */
  readonly generation: number;
  /** Until then it signs beside its successors, epoch milliseconds; null: it has no successor. */
  readonly signsUntilMs: number | null;
}

export const rotationLimits = {
  /** Each one lengthens every request; receivers look at 16 signatures at most. */
  liveSecrets: 4,
  /** Long enough for a receiver that is released once a day. */
  overlapMs: 24 * 3_600_000,
  longestOverlapMs: 30 * 24 * 3_600_000,
} as const;

/** Those that sign at that moment, newest first. */
export function liveSecrets<S extends TimedSecret>(secrets: readonly S[], nowMs: number): readonly S[] {
  return secrets
    .filter(({ signsUntilMs }) => signsUntilMs === null || signsUntilMs > nowMs)
    .toSorted((a, b) => b.generation - a.generation);
}

/** What a rotation does to the secrets that are there. */
export interface Rotation {
  /** Of the new secret. */
  readonly generation: number;
  /** Until when those without a successor go on signing, epoch milliseconds; others keep the end that they have. */
  readonly signsUntilMs: number;
}

/** Plans it. `overlapMs` 0 ends the old secret at once. Throws `config_invalid` where the overlap or the number is too large. */
export function planRotation(
  secrets: readonly TimedSecret[],
  { nowMs, overlapMs = rotationLimits.overlapMs }: { readonly nowMs: number; readonly overlapMs?: number | undefined },
): Rotation {
  if (overlapMs < 0 || overlapMs > rotationLimits.longestOverlapMs)
    throw new TrunklineError('config_invalid', 'the old secret signs for 0 seconds to 30 days more');
  const stay = overlapMs === 0 ? liveSecrets(secrets, nowMs).filter(isOlder) : liveSecrets(secrets, nowMs);
  if (stay.length >= rotationLimits.liveSecrets) {
    throw new TrunklineError(
      'config_invalid',
      `${stay.length} secrets sign already, and ${rotationLimits.liveSecrets} may: wait for the end of one`,
    );
  }
  return {
    generation: Math.max(0, ...secrets.map(({ generation }) => generation)) + 1,
    signsUntilMs: nowMs + overlapMs,
  };
}

/** Whether it has a successor. */
function isOlder({ signsUntilMs }: TimedSecret): boolean {
  return signsUntilMs !== null;
}

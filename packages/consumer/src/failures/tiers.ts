import { TrunklineError } from '@trunkline/core';
import { retryDelayMs } from '@trunkline/kafka/topics';

/** One retry topic: `<group>.retry.<name>`, whose records are due a fixed delay after they were appended. */
export interface RetryTier {
  /** `10s`, `1m`, `1h`. */
  readonly name: string;
  readonly delayMs: number;
}

/** Reads the tiers, shortest first. Throws `config_invalid` naming the one it cannot read or that no record could wait on. */
export function parseTiers(
  names: readonly string[],
  maxRetryAgeMs: number = Number.POSITIVE_INFINITY,
): readonly RetryTier[] {
  const tiers = names.map((name): RetryTier => ({ name, delayMs: retryDelayMs(name) }));
  const unsorted = tiers.some((tier, index) => tier.delayMs <= (tiers[index - 1]?.delayMs ?? 0));
  if (tiers.length === 0 || unsorted)
    throw new TrunklineError('config_invalid', 'retry tiers are listed shortest first, at least one');
  const tooLong = tiers.find((tier) => tier.delayMs > maxRetryAgeMs);
  if (tooLong !== undefined)
    throw new TrunklineError(
      'config_invalid',
      `retry tier ${tooLong.name} is longer than a record may be retried in all`,
    );
  return tiers;
}

/** The n-th retry (from 1) waits on the n-th tier, then on the last; a longer wait asked for picks the first tier that fits it. */
export function tierFor(tiers: readonly RetryTier[], retry: number, waitMs = 0): RetryTier {
  const byRetry = Math.min(retry, tiers.length) - 1;
  const byWait = tiers.findIndex((tier) => tier.delayMs >= waitMs);
  const tier = tiers[Math.max(byRetry, byWait === -1 ? tiers.length - 1 : byWait)];
  if (tier === undefined) throw new TrunklineError('config_invalid', 'a consumer group needs a retry tier');
  return tier;
}

import { type AttemptCode, attemptCodes, type AttemptResult } from '../attempt-codes.ts';
import { deliveryLimits } from '../limits.ts';

/** A task after one more request. */
export interface AttemptedTask {
  /** Seconds before each attempt. */
  readonly schedule: readonly number[];
  /** Requests that count for the schedule, this one left out. */
  readonly counted: number;
  /** Requests so far, this one included. */
  readonly attempts: number;
  readonly bornAtMs: number;
}

/** What a task ends as. */
export const ends = ['delivered', 'exhausted', 'expired', 'discarded'] as const;

export type Next =
  | { readonly kind: 'end'; readonly outcome: (typeof ends)[number] }
  /** `counted` as it is then. */
  | { readonly kind: 'again'; readonly delayMs: number; readonly counted: number }
  /** It stays, and its chain waits with it until a person decides. */
  | { readonly kind: 'hold'; readonly counted: number; readonly instead: 'exhausted' | 'expired' };

/**
 * What becomes of a task. `random` is of [0, 1): each wait is the schedule's, 20 % more or less, so that what failed together
 * does not come back together.
 */
export function nextOf(
  task: AttemptedTask,
  { code, retryAfterMs }: Pick<AttemptResult, 'code' | 'retryAfterMs'>,
  { nowMs, random }: { readonly nowMs: number; readonly random: number },
): Next {
  if (code === 'ok') return { kind: 'end', outcome: 'delivered' };
  if (code === 'endpoint_deleted' || code === 'released') return { kind: 'end', outcome: 'discarded' };
  if (code === 'too_old' || code === 'message_gone') return { kind: 'end', outcome: 'expired' };
  if (!attemptCodes[code].again) return { kind: 'end', outcome: 'exhausted' };
  if (code === 'address_denied' && task.attempts >= deliveryLimits.deniedAttempts)
    return { kind: 'end', outcome: 'exhausted' };
  const counted = task.counted + (isCounted(code, retryAfterMs) ? 1 : 0);
  const step = counted === task.counted ? uncountedStepS : task.schedule[counted];
  if (step === undefined) return { kind: 'end', outcome: 'exhausted' };
  const delayMs = retryAfterMs === undefined ? step * 1_000 * (0.8 + 0.4 * random) : askedMs(retryAfterMs);
  if (nowMs + delayMs > task.bornAtMs + deliveryLimits.maxAgeMs) return { kind: 'end', outcome: 'expired' };
  return { kind: 'again', delayMs: Math.round(delayMs), counted };
}

/** Of what is not the receiver's fault, and has no time of its own. */
const uncountedStepS = 10;
/** The least that is waited for a receiver that asks for less: 0 would be a loop. */
const leastAskedMs = 1_000;

/** A receiver that says when to come back has not refused the message; and what is our own fault is not its failure. */
function isCounted(code: AttemptCode, retryAfterMs: number | undefined): boolean {
  if (code === 'local_limit' || code === 'secret_unavailable') return false;
  return !((code === 'http_429' || code === 'http_503') && retryAfterMs !== undefined);
}

/** The receiver knows better than the schedule, in both directions. */
function askedMs(retryAfterMs: number): number {
  return Math.min(Math.max(retryAfterMs, leastAskedMs), deliveryLimits.retryAfterMaxMs);
}

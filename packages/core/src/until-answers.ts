import { setTimeout as delay } from 'node:timers/promises';

import { classify } from './classify.ts';
import type { TrunklineError } from './errors.ts';

/** The waits between two tries, milliseconds: doubled from the first to the last. */
export interface Backoff {
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface UntilAnswersOptions {
  readonly backoff: Backoff;
  /** Ends the waiting; what is being asked meanwhile has to look at it itself. */
  readonly signal: AbortSignal;
  /** Told before each wait. */
  readonly onAway?: (error: TrunklineError) => void;
}

/**
 * Asks until a dependency that is away answers. Rejects with what it failed with when that is not an outage
 * (`dependency_unavailable`), which waiting does not cure, and with the signal's reason when that ends it.
 */
export async function untilAnswers<T>(
  ask: () => Promise<T>,
  { backoff, signal, onAway }: UntilAnswersOptions,
): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (thrown) {
      const error = classify(thrown);
      if (error.code !== 'dependency_unavailable') throw thrown;
      signal.throwIfAborted();
      onAway?.(error);
    }
    await waitFor(backoffMs(attempt, backoff), signal);
  }
}

/**
 * The wait after the given attempt, counted from 0: first, 2 × first, … up to the last, and of that at least half at
 * random, so that processes that lost a dependency together do not return together.
 */
export function backoffMs(attempt: number, { firstMs, lastMs }: Backoff): number {
  const full = Math.min(lastMs, firstMs * 2 ** Math.min(attempt, maxDoublings));
  return Math.round(full * (0.5 + Math.random() / 2));
}

/** Beyond this every wait is the last one; a larger exponent would only overflow. */
const maxDoublings = 30;

/** node:timers rejects with an AbortError of its own; the caller knows the reason of its signal. */
async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

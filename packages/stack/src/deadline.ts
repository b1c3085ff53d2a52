import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError } from '@trunkline/core';

/** The promise, or `dependency_unavailable` when it takes longer. What it waits for goes on; its owner must end it. */
export async function withDeadline<T>(
  promise: Promise<T>,
  limit: { readonly ms: number; readonly what: string },
): Promise<T> {
  const timer = new AbortController();
  const late = delay(limit.ms, undefined, { signal: timer.signal }).then(
    () => {
      throw new TrunklineError('dependency_unavailable', `${limit.what} did not answer within ${limit.ms / 1000} s`);
    },
    // Aborted: the promise was first and this branch no longer counts.
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

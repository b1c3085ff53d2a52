import { TrunklineError } from './errors.ts';

/**
 * The promise, or `dependency_unavailable` after `ms`, whose message begins with `what`: "connecting to Kafka". What it
 * waits for goes on and keeps its owner; its late failure is dropped.
 */
export async function withinMs<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  if ((await settledWithin(promise, ms)) === 'late') {
    throw new TrunklineError('dependency_unavailable', `${what} took longer than ${ms} ms`);
  }
  return await promise;
}

/** Whether the promise was fulfilled within `ms`. Rejects as it does; a failure after that is dropped. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<'done' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  try {
    return await Promise.race([promise.then(() => 'done' as const), late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}

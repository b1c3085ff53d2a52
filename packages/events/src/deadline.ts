import { TrunklineError } from '@trunkline/core';

/** The work's result, or `dependency_unavailable` after `deadlineMs`; the work itself goes on and its owner keeps it. */
export async function withDeadline<R>(work: Promise<R>, deadlineMs: number, what: string): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TrunklineError('dependency_unavailable', `${what} took longer than ${deadlineMs} ms`));
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** Marks a wait that took too long; the caller decides what that means. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** The promise, or a DeadlineError after `ms`. What it waits for goes on; its late failure is not lost but irrelevant. */
export async function withinMs<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

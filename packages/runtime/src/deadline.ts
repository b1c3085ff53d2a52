/** Waits for the promise, but not longer than the deadline. The promise keeps its owner: a late failure is dropped. */
export async function withinDeadline(promise: Promise<unknown>, deadlineMs: number): Promise<'done' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, 'late');
  });
  try {
    return await Promise.race([promise.then(() => 'done' as const), late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}

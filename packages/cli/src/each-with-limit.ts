/** Runs `work` for 0…count-1, at most `concurrency` at a time. The first failure stops the rest and is thrown. */
export async function eachWithLimit(
  limits: { readonly count: number; readonly concurrency: number; readonly signal: AbortSignal },
  work: (index: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failing = new AbortController();
  const signal = AbortSignal.any([limits.signal, failing.signal]);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < limits.count) {
      signal.throwIfAborted();
      const index = next;
      next += 1;
      await work(index, signal);
    }
  };
  const lanes = Array.from({ length: Math.min(limits.concurrency, limits.count) }, async () => {
    try {
      await lane();
    } catch (error) {
      failing.abort(error);
      throw error;
    }
  });
  const outcomes = await Promise.allSettled(lanes);
  limits.signal.throwIfAborted();
  // The first cause, not the aborts that followed from it.
  if (failing.signal.aborted) throw failing.signal.reason;
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

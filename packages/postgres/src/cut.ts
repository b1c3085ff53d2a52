/** Why a transaction was cut short. */
export type CutReason = 'aborted' | 'deadline';

/** The end of waiting: a deadline, the caller's signal, or both. */
export interface Cut {
  /** Resolves (never rejects) when waiting is over. */
  readonly reached: Promise<CutReason>;
  readonly reason: () => CutReason | undefined;
  /** Lets go of the timer and the listener. */
  release(): void;
}

/** Starts the clock. Whoever starts it releases it. */
export function startCut(options: { readonly signal?: AbortSignal | undefined; readonly deadlineMs: number }): Cut {
  const { promise, resolve } = Promise.withResolvers<CutReason>();
  let reason: CutReason | undefined;
  const reach = (why: CutReason): void => {
    reason ??= why;
    resolve(reason);
  };
  const onAbort = (): void => reach('aborted');
  const timer = setTimeout(() => reach('deadline'), options.deadlineMs);
  if (options.signal?.aborted === true) onAbort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  return {
    reached: promise,
    reason: () => reason,
    release(): void {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    },
  };
}

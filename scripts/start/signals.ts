/** What Ctrl-C and the signals of whoever runs `npm start` mean: the first ends it in order, a second Ctrl-C at once. */

// A terminal, npm and bootstrap.mjs may each pass on the same key press.
const samePressMs = 500;

export interface Stopping {
  /** The first signal: said at once, whatever is under way. */
  readonly onFirst: () => void;
  /**
   * Ends the process and everything it holds, and says why. Called at a later Ctrl-C, but at no later SIGTERM or SIGHUP,
   * because supervisors send several of them to the whole group; and `withinMs` after the first signal, by when the end
   * in order is over, or waits for something that nobody gave a deadline.
   */
  readonly atOnce: (why: 'asked' | 'late') => void;
  readonly withinMs: number;
}

/** Aborted by the first signal, and when nobody reads any more what is printed: then its terminal or pipe is gone. */
export function stopSignal({ onFirst, atOnce, withinMs }: Stopping): AbortSignal {
  const stop = new AbortController();
  let firstAtMs = 0;
  const begin = (why: string): void => {
    firstAtMs = performance.now();
    // It keeps no process alive that has nothing more to do.
    setTimeout(() => atOnce('late'), withinMs).unref();
    onFirst();
    stop.abort(new Error(why));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) begin(`stopped by ${signal}`);
      else if (signal === 'SIGINT' && performance.now() - firstAtMs > samePressMs) atOnce('asked');
    });
  }
  for (const output of [process.stdout, process.stderr]) {
    // A full disk below it, or what else there is, is no reason to stop.
    output.on('error', (error: NodeJS.ErrnoException) => {
      const isGone = error.code === 'EPIPE' || error.code === 'EIO';
      if (isGone && !stop.signal.aborted) begin('stopped, because nobody reads what it prints');
    });
  }
  return stop.signal;
}

/**
 * What the work comes to, or a rejection with the signal's reason where that comes first. Work that is given up has
 * nobody who waits for it, so it has to be such that the end of this process ends it.
 */
export async function unlessStopped<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const working = work();
  try {
    return await Promise.race([working, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    working.catch(() => undefined);
  }
}

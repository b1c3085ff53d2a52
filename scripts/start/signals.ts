/** What Ctrl-C and the signals of whoever runs `npm start` mean: the first ends it in order, a second Ctrl-C at once. */

// A terminal, npm and bootstrap.mjs may each pass on the same key press.
const samePressMs = 500;

/**
 * Aborted by the first signal. A later Ctrl-C calls `atOnce`; a later SIGTERM or SIGHUP does not, because supervisors
 * send several of them to the whole group.
 */
export function stopSignal(atOnce: () => void): AbortSignal {
  const stop = new AbortController();
  let firstAtMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        firstAtMs = performance.now();
        stop.abort(new Error(`stopped by ${signal}`));
      } else if (signal === 'SIGINT' && performance.now() - firstAtMs > samePressMs) atOnce();
    });
  }
  return stop.signal;
}

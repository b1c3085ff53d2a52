import { setTimeout as delay } from 'node:timers/promises';

/** Runs `round` now and then every so often until the signal; a round that takes longer delays the next. */
export async function everyRound(everyMs: number, signal: AbortSignal, round: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    const startedAtMs = performance.now();
    await round();
    const restMs = Math.max(0, startedAtMs + everyMs - performance.now());
    // Rejects at the signal, which is the way out.
    await delay(restMs, undefined, { signal }).catch(() => undefined);
  }
}

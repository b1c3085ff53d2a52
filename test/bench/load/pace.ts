import { setTimeout as pause } from 'node:timers/promises';

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/**
 * Calls `fire` at a steady rate, however long what it starts takes: an open loop, as senders on the internet are. What is
 * due since the last tick (about a millisecond) is fired together. Resolves when the last one has been fired.
 */
export async function pace({ perSecond, seconds, signal }: Pace, fire: (n: number) => void): Promise<void> {
  const startedAt = performance.now();
  const total = Math.floor(perSecond * seconds);
  for (let fired = 0; fired < total;) {
    signal.throwIfAborted();
    const due = Math.min(total, Math.ceil(((performance.now() - startedAt) * perSecond) / 1_000));
    for (; fired < due; fired += 1) fire(fired);
    if (fired < total) await pause(1);
  }
}

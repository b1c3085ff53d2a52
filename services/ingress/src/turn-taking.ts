import { setImmediate } from 'node:timers/promises';

/** How long one delivery may keep every other request waiting before it lets them in. */
const longestRunMs = 15;

/** Resolves at once, or lets what waits run first when this work had the thread for long enough. */
export type Breathe = () => Promise<void> | undefined;

export function createBreathe(nowMs: () => number = () => performance.now()): Breathe {
  let since = nowMs();
  return () => {
    if (nowMs() - since < longestRunMs) return undefined;
    return setImmediate().then(() => {
      since = nowMs();
    });
  };
}

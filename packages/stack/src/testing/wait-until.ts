import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/** Resolves when the condition holds; fails when it does not within the deadline. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, deadlineMs: number): Promise<void> {
  const giveUpAt = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`still not so after ${deadlineMs} ms: ${condition.toString()}`);
    await delay(pollMs);
  }
}

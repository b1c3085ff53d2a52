import { setTimeout as delay } from 'node:timers/promises';

const deadlineMs = 15_000;
const pollMs = 50;

/** Asks again while the failure is one that passes by itself. Rejects with the last answer after 15 s. */
export async function askAgainWhile<T>(passes: (error: unknown) => boolean, ask: () => Promise<T>): Promise<T> {
  const endsAt = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!passes(error) || performance.now() > endsAt) throw error;
    }
    await delay(pollMs);
  }
}

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until `look` answers something other than undefined or false, and returns it. This is how tests wait:
 * for a fact, with a deadline, never for a time.
 *
 * Throws an Error that names `what` and carries the last failure, when the deadline passes first.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  options: { readonly deadlineMs?: number; readonly everyMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const deadlineMs = options.deadlineMs ?? 60_000;
  const endsAt = performance.now() + deadlineMs;
  let lastFailure: unknown;
  for (;;) {
    try {
      const seen = await look();
      // The two values that mean "not yet" are excluded here, which the compiler cannot follow through a generic.
      if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
      lastFailure = undefined;
    } catch (error) {
      lastFailure = error;
    }
    if (performance.now() >= endsAt) {
      throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: lastFailure });
    }
    await pause(options.everyMs ?? 50);
  }
}

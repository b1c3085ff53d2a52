import { describe, expect, it } from 'vitest';

import { createWatchdog } from './watchdog.ts';

describe('the watchdog', () => {
  it('tells how long the oldest work has been running, and nothing when none is', async () => {
    let nowMs = 1_000;
    const watchdog = createWatchdog(() => nowMs);
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    expect(watchdog.insideMs()).toBe(0);

    const running = [watchdog.watch(() => first.promise)];
    nowMs += 40;
    running.push(watchdog.watch(() => second.promise));
    nowMs += 2;

    expect(watchdog.insideMs()).toBe(42);
    first.resolve();
    await running[0];
    expect(watchdog.insideMs()).toBe(2);
    second.resolve();
    await running[1];
    expect(watchdog.insideMs()).toBe(0);
  });

  it('lets go of work that fails, and passes its failure on', async () => {
    const watchdog = createWatchdog();

    await expect(watchdog.watch(() => Promise.reject(new Error('no')))).rejects.toThrow('no');

    expect(watchdog.insideMs()).toBe(0);
  });

  it('does not look at the time of day, which may jump', async () => {
    const real = Date.now;
    const watchdog = createWatchdog();
    const work = Promise.withResolvers<void>();
    const running = watchdog.watch(() => work.promise);

    Date.now = () => real() + 3_600_000;
    const insideMs = watchdog.insideMs();
    Date.now = real;
    work.resolve();
    await running;

    expect(insideMs).toBeLessThan(3_600_000);
  });
});

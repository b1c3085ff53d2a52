import { describe, expect, it } from 'vitest';

import { eachWithLimit } from './each-with-limit.ts';
import { createPace } from './pace.ts';

describe('many requests', () => {
  it('run at most as many at a time as was said, and each once', async () => {
    const seen: number[] = [];
    let running = 0;
    let most = 0;

    await eachWithLimit({ count: 20, concurrency: 4, signal: new AbortController().signal }, async (index) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      seen.push(index);
      running -= 1;
    });

    expect(most).toBe(4);
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('stop at the first failure, which is the one that is told', async () => {
    let begun = 0;

    const running = eachWithLimit(
      { count: 1_000, concurrency: 2, signal: new AbortController().signal },
      async (index) => {
        begun += 1;
        await Promise.resolve();
        if (index === 3) throw new Error('fourth');
      },
    );

    await expect(running).rejects.toThrow('fourth');
    expect(begun).toBeLessThan(10);
  });

  it('stop when somebody asks them to', async () => {
    const stopping = new AbortController();

    const running = eachWithLimit({ count: 1_000, concurrency: 1, signal: stopping.signal }, (index) => {
      if (index === 2) stopping.abort(new Error('Ctrl-C'));
      return Promise.resolve();
    });

    await expect(running).rejects.toThrow('Ctrl-C');
  });
});

describe('a pace', () => {
  it('holds back what would be more than so many a second', async () => {
    const pace = createPace(1_000);
    const { signal } = new AbortController();
    const startedAt = performance.now();

    for (let portion = 0; portion < 4; portion += 1) await pace.wait(20, signal);

    // The first portion goes at once; the other three wait 20 ms each.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55);
  });

  it('is not waited for any longer once it is interrupted', async () => {
    const pace = createPace(1);
    await pace.wait(60, new AbortController().signal);

    await expect(pace.wait(1, AbortSignal.timeout(10))).rejects.toThrow('aborted');
  });
});

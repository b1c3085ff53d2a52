import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Breaker, type BreakerChange, createBreaker } from './breaker.ts';

const timeoutMs = 50;
const trialAfterMs = 1_000;
const refused = (): Promise<never> => Promise.reject(new Error('refused'));
const hangs = (): Promise<never> => new Promise(() => undefined);
const answers = (): Promise<void> => Promise.resolve();

let changes: BreakerChange[];
let trial: () => Promise<unknown>;
let trials: number;
let breaker: Breaker;
beforeEach(() => {
  vi.useFakeTimers();
  changes = [];
  trial = answers;
  trials = 0;
  breaker = createBreaker({
    timeoutMs,
    trialAfterMs,
    trial: () => {
      trials += 1;
      return trial();
    },
    onChange: (change) => changes.push(change),
  });
});
afterEach(() => {
  breaker.close();
  vi.useRealTimers();
});

describe('the breaker', () => {
  it('lets operations through while they succeed', async () => {
    const outcomes = [await breaker.run(answers), await breaker.run(answers)];

    expect(outcomes).toEqual([true, true]);
    expect(breaker.isClosed()).toBe(true);
    expect(changes).toEqual([]);
  });

  it('opens at the first failure, however many operations succeeded before', async () => {
    for (let index = 0; index < 500; index += 1) await breaker.run(answers);

    const outcome = await breaker.run(refused);

    expect(outcome).toBe(false);
    expect(breaker.isClosed()).toBe(false);
    expect(changes).toEqual([{ kind: 'away', reason: 'refused' }]);
  });

  it('waits for a slow operation until the timeout, once, and begins none after it', async () => {
    const begun: string[] = [];
    const first = breaker.run(hangs);
    await vi.advanceTimersByTimeAsync(timeoutMs);

    const outcomes = [await first, await breaker.run(() => Promise.resolve(begun.push('second')))];

    expect(outcomes).toEqual([false, false]);
    expect(begun).toEqual([]);
  });

  it('tries again by itself, and tells of the way back once', async () => {
    await breaker.run(refused);

    await vi.advanceTimersByTimeAsync(trialAfterMs);

    expect(trials).toBe(1);
    expect(await breaker.run(answers)).toBe(true);
    expect(changes.map(({ kind }) => kind)).toEqual(['away', 'back']);
  });

  it('lets no caller be the trial, and stays silent while trials fail', async () => {
    const begun: string[] = [];
    trial = hangs;
    await breaker.run(refused);

    await vi.advanceTimersByTimeAsync(trialAfterMs);
    const during = await breaker.run(() => Promise.resolve(begun.push('during the trial')));
    await vi.advanceTimersByTimeAsync(5 * (trialAfterMs + timeoutMs));

    expect(during).toBe(false);
    expect(begun).toEqual([]);
    expect(trials).toBeGreaterThan(3);
    expect(changes).toEqual([{ kind: 'away', reason: 'refused' }]);
  });

  it('tells of a second outage as of the first', async () => {
    await breaker.run(refused);
    await vi.advanceTimersByTimeAsync(trialAfterMs);

    await breaker.run(refused);

    expect(changes.map(({ kind }) => kind)).toEqual(['away', 'back', 'away']);
  });
});

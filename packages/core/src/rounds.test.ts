import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createRounds } from './rounds.ts';

const everyMs = 1_000;
let begun: number;
let told: string[];

beforeEach(() => {
  vi.useFakeTimers();
  begun = 0;
  told = [];
});
afterEach(() => {
  vi.useRealTimers();
});

const onFailed = ({ message }: Error): void => {
  told.push(message);
};

describe('rounds', () => {
  it('begin at once and go on, one at a time', async () => {
    const { promise: first, resolve: endFirst } = Promise.withResolvers<void>();
    const round = (): Promise<void> => {
      begun += 1;
      return begun === 1 ? first : Promise.resolve();
    };
    const rounds = createRounds({ everyMs, round, onFailed });

    rounds.start();
    await vi.advanceTimersByTimeAsync(3.5 * everyMs);
    const whileOneLasts = begun;
    endFirst();
    await vi.advanceTimersByTimeAsync(everyMs);
    await rounds.stop();

    expect(whileOneLasts).toBe(1);
    expect(begun).toBe(2);
  });

  it('go on after one that failed, which is told', async () => {
    const round = async (): Promise<void> => {
      begun += 1;
      if (begun === 1) throw new Error('away');
    };
    const rounds = createRounds({ everyMs, round, onFailed });

    rounds.start();
    await vi.advanceTimersByTimeAsync(everyMs);
    await rounds.stop();

    expect(told).toEqual(['away']);
    expect(begun).toBe(2);
  });

  it('end with the one under way, which is aborted and told to nobody', async () => {
    const round = (signal: AbortSignal): Promise<void> => {
      begun += 1;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    };
    const rounds = createRounds({ everyMs, round, onFailed });
    rounds.start();

    await rounds.stop();
    await vi.advanceTimersByTimeAsync(5 * everyMs);

    expect(begun).toBe(1);
    expect(told).toEqual([]);
  });
});

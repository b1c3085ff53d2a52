import { describe, expect, it } from 'vitest';

import { TrunklineError } from './errors.ts';
import { backoffMs, untilAnswers } from './until-answers.ts';

const away = new TrunklineError('dependency_unavailable', 'nobody listens');
const backoff = { firstMs: 1, lastMs: 2 };
const { signal } = new AbortController();

describe('asking until there is an answer', () => {
  it('asks again while the dependency is away, and tells each time', async () => {
    const told: unknown[] = [];
    let asked = 0;
    const ask = async (): Promise<string> => {
      asked += 1;
      return asked < 3 ? Promise.reject(away) : 'here';
    };

    await expect(untilAnswers(ask, { backoff, signal, onAway: (error) => told.push(error) })).resolves.toBe('here');
    expect(asked).toBe(3);
    expect(told).toEqual([away, away]);
  });

  it('asks once when the answer is a refusal', async () => {
    let asked = 0;
    const refusal = new TrunklineError('config_invalid', 'no such topic');

    await expect(
      untilAnswers(
        () => {
          asked += 1;
          return Promise.reject(refusal);
        },
        { backoff, signal },
      ),
    ).rejects.toBe(refusal);
    expect(asked).toBe(1);
  });

  it('ends with the reason of the signal, also in the middle of a wait', async () => {
    const stopping = new AbortController();
    const reason = new Error('stopping');

    const waiting = untilAnswers(() => Promise.reject(away), {
      backoff: { firstMs: 600_000, lastMs: 600_000 },
      signal: stopping.signal,
      onAway: () => setImmediate(() => stopping.abort(reason)),
    });

    await expect(waiting).rejects.toBe(reason);
  });

  it('does not ask at all when the signal has gone off', async () => {
    const reason = new Error('stopped');

    await expect(
      untilAnswers(() => Promise.resolve('here'), { backoff, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});

it('waits double from the first to the last, each halved at most', () => {
  const waits = [0, 1, 2, 3, 1_000].map((attempt) => backoffMs(attempt, { firstMs: 100, lastMs: 500 }));

  [100, 200, 400, 500, 500].forEach((full, index) => {
    expect(waits[index]).toBeGreaterThanOrEqual(full / 2);
    expect(waits[index]).toBeLessThanOrEqual(full);
  });
});

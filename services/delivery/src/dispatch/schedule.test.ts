import { describe, expect, it } from 'vitest';

import { attemptCodes, type AttemptCode } from '../attempt-codes.ts';
import { deliveryLimits } from '../limits.ts';
import { nextOf } from './schedule.ts';

const nowMs = 1_772_619_632_250;
const task = { schedule: [0, 5, 300], counted: 0, attempts: 1, bornAtMs: nowMs };
const middle = { nowMs, random: 0.5 };

describe('what becomes of a message after a request', () => {
  it('ends with a success', () => {
    expect(nextOf(task, { code: 'ok' }, middle)).toEqual({ kind: 'end', outcome: 'delivered' });
  });

  it('waits as the schedule says, 20 % more or less', () => {
    const delays = [0, 0.5, 0.999_999].map((random) => nextOf(task, { code: 'http_5xx' }, { nowMs, random }));

    expect(delays).toEqual([4_000, 5_000, 6_000].map((delayMs) => ({ kind: 'again', delayMs, counted: 1 })));
  });

  it('is given up after the last step', () => {
    const last = { ...task, counted: 2, attempts: 3 };

    expect(nextOf(last, { code: 'connect_refused' }, middle)).toEqual({ kind: 'end', outcome: 'exhausted' });
  });

  it('comes back when the receiver says, be that sooner or later than the schedule', () => {
    const asked = [0, 60_000, 7 * 86_400_000].map((retryAfterMs) =>
      nextOf(task, { code: 'http_5xx', retryAfterMs }, middle),
    );

    expect(asked).toEqual(
      [1_000, 60_000, deliveryLimits.retryAfterMaxMs].map((delayMs) => ({ kind: 'again', delayMs, counted: 1 })),
    );
  });

  it.each<AttemptCode>(['http_429', 'http_503'])('does not count %s with a time to come back', (code) => {
    expect(nextOf(task, { code, retryAfterMs: 2_000 }, middle)).toMatchObject({ counted: 0 });
    expect(nextOf(task, { code }, middle)).toMatchObject({ counted: 1 });
  });

  it('is too old after five days, however often it was told to come back', () => {
    const old = { ...task, bornAtMs: nowMs - deliveryLimits.maxAgeMs + 1_000 };

    expect(nextOf(old, { code: 'http_503', retryAfterMs: 2_000 }, middle)).toEqual({ kind: 'end', outcome: 'expired' });
  });

  it('is given up at the third denial of an address', () => {
    expect(nextOf({ ...task, attempts: 2 }, { code: 'address_denied' }, middle).kind).toBe('again');
    expect(nextOf({ ...task, attempts: 3 }, { code: 'address_denied' }, middle).kind).toBe('end');
  });

  it('ends for every code that is not tried again', () => {
    // The keys of the table.
    const codes = Object.keys(attemptCodes) as AttemptCode[];
    const ends = codes.filter((code) => nextOf(task, { code }, middle).kind === 'end');

    expect(ends).toEqual(codes.filter((code) => !attemptCodes[code].again));
  });
});

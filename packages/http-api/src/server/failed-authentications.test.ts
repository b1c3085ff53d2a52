import { describe, expect, it } from 'vitest';

import { apiLimits } from '../limits.ts';
import { createFailedAuthentications, type FailedAuthentications } from './failed-authentications.ts';

let nowMs = 0;
const fail = (failed: FailedAuthentications, address: string, times: number = apiLimits.failedPerMinute): void => {
  for (let n = 0; n < times; n += 1) failed.failed(address);
};
const create = (): FailedAuthentications => createFailedAuthentications(() => nowMs);

describe('requests without a key that opens', () => {
  it('are heard up to the limit, and again when a minute has passed', () => {
    const failed = create();
    fail(failed, '192.0.2.1', apiLimits.failedPerMinute - 1);
    expect(failed.waitMs('192.0.2.1')).toBe(0);
    fail(failed, '192.0.2.1', 1);
    nowMs += 20_000;

    expect(failed.waitMs('192.0.2.1')).toBe(40_000);
    expect(failed.waitMs('192.0.2.2')).toBe(0);
    nowMs += 40_000;
    expect(failed.waitMs('192.0.2.1')).toBe(0);
  });

  it('of an address whose key opened lately lock nobody out', () => {
    const failed = create();
    failed.proven('192.0.2.1');
    fail(failed, '192.0.2.1');

    expect(failed.waitMs('192.0.2.1')).toBe(0);
    nowMs += 3_600_000;
    fail(failed, '192.0.2.1');
    expect(failed.waitMs('192.0.2.1')).toBeGreaterThan(0);
  });

  it.each([
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ])('of %s and %s are of one', (one, other) => {
    const failed = create();
    fail(failed, one);

    expect(failed.waitMs(other)).toBeGreaterThan(0);
  });

  it('of two networks are of two', () => {
    const failed = create();
    fail(failed, '2001:db8:0:1::1');

    expect(failed.waitMs('2001:db8:0:2::1')).toBe(0);
  });
});

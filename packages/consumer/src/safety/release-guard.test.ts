import { describe, expect, it } from 'vitest';

import { defaultConsumerLimits } from '../limits.ts';
import { type KeyOutcome, ReleaseGuard, type ReleaseGuardLimits } from './release-guard.ts';

const minuteMs = 60_000;
const { releaseLeastKeys: least, releaseKeysKept: kept, releaseHangs: hangs } = defaultConsumerLimits;

describe('the release guard', () => {
  it('takes most keys failing alike for a bad release, and counts them', () => {
    const { guard } = open();

    guard.note([...failing(60), ...healthy(40)]);

    expect(guard.verdict()).toEqual({ likeness: 'unknown TypeError', failingKeys: 60, keys: 100 });
  });

  it('takes one key in a hundred failing for bad events', () => {
    const { guard } = open();

    for (let batch = 0; batch < 20; batch += 1) guard.note([...failing(5, { from: batch * 5 }), ...healthy(495)]);

    expect(guard.verdict()).toBeUndefined();
  });

  it('needs more than half of the keys', () => {
    const { guard } = open();

    guard.note([...failing(50), ...healthy(50)]);
    expect(guard.verdict()).toBeUndefined();

    guard.note(failing(1, { from: 50 }));
    expect(guard.verdict()).toMatchObject({ failingKeys: 51, keys: 101 });
  });

  it('says nothing about a handful of keys', () => {
    const { guard } = open();

    guard.note(failing(least - 1));
    expect(guard.verdict()).toBeUndefined();

    guard.note(failing(1, { from: least }));
    expect(guard.verdict()).toBeDefined();
  });

  it('counts a key once, however often it fails', () => {
    const { guard } = open();

    for (let run = 0; run < 100; run += 1) guard.note([...failing(1), ...healthy(3)]);

    expect(guard.verdict()).toBeUndefined();
  });

  it('has nothing to watch when the key that failed was applied since', () => {
    const { guard } = open();

    guard.note([...failing(1), ...failing(1)]);
    guard.note(failing(1).map((outcome) => ({ ...outcome, likeness: undefined })));

    expect(guard.isWatching).toBe(false);
  });

  it('counts what a key did last: a key that was applied since is no longer failing', () => {
    const { guard } = open();

    guard.note(failing(100));
    guard.note(failing(60).map((outcome) => ({ ...outcome, likeness: undefined })));

    expect(guard.verdict()).toBeUndefined();
  });

  it('does not take many different failures for one', () => {
    const { guard } = open();

    guard.note(failing(90).map((outcome, index) => ({ ...outcome, likeness: `cause ${index % 3}` })));

    expect(guard.verdict()).toBeUndefined();
  });

  it('does not stop the others for the trouble of one tenant, however many keys it has', () => {
    const { guard } = open();

    guard.note([...failing(900), ...healthy(5, 'tnt_b'), ...healthy(5, 'tnt_c')]);

    expect(guard.verdict()).toBeUndefined();
  });

  it('takes trouble of most tenants for a bad release', () => {
    const { guard } = open();

    guard.note([...failing(90), ...failing(30, { tenant: 'tnt_b' }), ...healthy(5, 'tnt_c')]);

    expect(guard.verdict()).toMatchObject({ failingKeys: 120, keys: 125 });
  });

  it('forgets after a minute', () => {
    const { guard, pass } = open();

    guard.note(failing(least - 1));
    pass(minuteMs);
    guard.note(failing(least - 1, { from: 1_000 }));

    expect(guard.verdict()).toBeUndefined();
    expect(guard.isWatching).toBe(true);
    pass(minuteMs);
    expect(guard.isWatching).toBe(false);
  });

  it('watches from the first failure on, and forgets healthy keys when the last failing one is gone', () => {
    const { guard, pass } = open();
    guard.note(healthy(10));
    expect(guard.isWatching).toBe(false);

    guard.note(failing(1));
    pass(minuteMs - 1);
    guard.note(healthy(10));
    pass(1);

    expect(guard.isWatching).toBe(false);
    guard.note(failing(least));
    expect(guard.verdict()).toMatchObject({ keys: least });
  });

  it('keeps a sample of many keys that says the same as all of them, within a tenth', () => {
    const count = kept * 8;
    const [good, bad] = [open().guard, open().guard];

    good.note([...failing(count * 0.45), ...healthy(count * 0.55)]);
    bad.note([...failing(count * 0.55), ...healthy(count * 0.45)]);

    expect(good.verdict()).toBeUndefined();
    const { keys = 0, failingKeys = 0 } = bad.verdict() ?? {};
    expect(Math.abs(keys / count - 1)).toBeLessThan(0.1);
    expect(Math.abs(failingKeys / keys - 0.55)).toBeLessThan(0.05);
  });
});

describe('the release guard, of handlers that hang', () => {
  it('takes seven keys in a row for a bad release, however long they take', () => {
    const { guard, pass } = open();

    for (let hang = 0; hang < hangs; hang += 1) {
      expect(guard.verdict()).toBeUndefined();
      guard.note(hanging(1, hang));
      pass(10 * minuteMs);
    }

    expect(guard.isWatching).toBe(true);
    expect(guard.verdict()).toEqual({ likeness: 'handler_timeout TrunklineError', failingKeys: hangs, keys: hangs });
  });

  it.each([
    ['was applied', healthy(1)],
    ['failed soon', failing(1)],
    ['hung in another way', [{ ...hanging(1, 99)[0], likeness: 'dependency_unavailable error 57014' } as KeyOutcome]],
  ])('begins to count again when another key %s in between', (_, between) => {
    const { guard } = open();

    guard.note(hanging(hangs - 1));
    guard.note(between);
    guard.note(hanging(hangs - 1, 50));

    expect(guard.verdict()).toBeUndefined();
  });

  it('counts a key once, however often it hangs', () => {
    const { guard } = open();

    for (let run = 0; run < 3 * hangs; run += 1) guard.note(hanging(1));

    expect(guard.verdict()).toBeUndefined();
  });

  it('learns nothing from what no handler saw', () => {
    const { guard } = open();

    guard.note(hanging(hangs - 1));
    guard.note(healthy(5).map((outcome) => ({ ...outcome, run: 'none' })));
    guard.note(hanging(1, 50));

    expect(guard.verdict()).toMatchObject({ failingKeys: hangs });
  });

  it('forgets them when it is reset', () => {
    const { guard } = open();
    guard.note(hanging(hangs));

    guard.reset();

    expect(guard.verdict()).toBeUndefined();
    expect(guard.isWatching).toBe(false);
  });
});

function open(limits: ReleaseGuardLimits = defaultConsumerLimits): {
  readonly guard: ReleaseGuard;
  readonly pass: (ms: number) => void;
} {
  let nowMs = 1_700_000_000_000;
  return {
    guard: new ReleaseGuard(limits, () => nowMs),
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

function failing(count: number, { from = 0, tenant = 'tnt_a' } = {}): readonly KeyOutcome[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${tenant}:stripe:acct_1.live:payment:bad_${from + index}`,
    tenant,
    likeness: 'unknown TypeError',
    run: 'ended',
  }));
}

function hanging(count: number, from = 0): readonly KeyOutcome[] {
  return failing(count, { from }).map((outcome) => ({
    ...outcome,
    likeness: 'handler_timeout TrunklineError',
    run: 'hung',
  }));
}

function healthy(count: number, tenant = 'tnt_a'): readonly KeyOutcome[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${tenant}:stripe:acct_1.live:payment:good_${index}`,
    tenant,
    likeness: undefined,
    run: 'ended',
  }));
}

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { openStrictHarness, type StrictHarness } from '../testing/strict-harness.ts';

const { postgresAdminUrl: adminUrl } = inject('stack');
const tenSeconds = 10_000;
const day = 24 * 3_600_000;

let hold: StrictHarness;
let go: StrictHarness;
beforeAll(async () => {
  hold = await openStrictHarness({ adminUrl, onDead: 'hold', limits: { parkedPerKey: 3 } });
  go = await openStrictHarness({ adminUrl, onDead: 'release' });
});
afterAll(() => Promise.all([hold.close(), go.close()]));
beforeEach(() => Promise.all([hold.reset(), go.reset()]));

const events = (harness: StrictHarness, key: string, ...numbers: readonly number[]) =>
  numbers.map((n) => harness.record(key, n));

describe('the events of a key that is kept in order', () => {
  it('wait for one that fails, in its batch and later, while those of other keys go on', async () => {
    const [a1, a2, a3] = events(go, 'a', 1, 2, 3);
    const [b1, b2] = events(go, 'b', 1, 2);
    go.fail('a', 1, 1_000);

    await go.deliver([a1, b1, a2, b2].filter((record) => record !== undefined));
    await go.deliver([a3].filter((record) => record !== undefined));

    expect(await go.applied()).toEqual(['b/1', 'b/2']);
    expect(await go.keys()).toMatchObject([{ state: 'retrying', code: 'upstream_5xx', waiting: 3 }]);
    expect(go.letters()).toEqual([]);
  });

  it('are applied in their order as soon as it is, and nothing of the key is kept', async () => {
    go.fail('a', 1, 1_000);
    await go.deliver(events(go, 'a', 1, 2, 3));
    go.fail('a', 1, undefined);

    await go.release();
    expect(await go.applied()).toEqual([]);
    go.nowMs += tenSeconds;
    await go.release();

    expect(await go.applied()).toEqual(['a/1', 'a/2', 'a/3']);
    expect(await go.keys()).toEqual([]);
  });

  it('that are read again change nothing', async () => {
    go.fail('a', 1, 1_000);
    const batch = events(go, 'a', 1, 2);

    await go.deliver(batch);
    await go.deliver(batch);

    expect(await go.keys()).toMatchObject([{ waiting: 2 }]);
    go.fail('a', 1, undefined);
    go.nowMs += tenSeconds;
    await go.release();
    await go.deliver(batch);
    expect(await go.applied()).toEqual(['a/1', 'a/2']);
  });

  it('go on without one that is a dead letter where the handler says so, and it is known when it is read again', async () => {
    go.fail('a', 1, 'always');
    const batch = events(go, 'a', 1, 2);
    await go.deliver(batch);
    await go.release();

    go.fail('a', 1, undefined);
    await go.deliver(batch);
    await go.deliver(events(go, 'a', 3));

    expect(await go.applied()).toEqual(['a/2', 'a/3']);
    expect(go.letters().map(({ event, code }) => [event, code])).toEqual([['a/1', 'business_rejected']]);
    expect(await go.keys()).toMatchObject([{ state: 'passed', waiting: 0 }]);
  });

  it('are forgotten when no record of theirs can be read again', async () => {
    go.fail('a', 1, 'always');
    await go.deliver(events(go, 'a', 1));
    await go.release();

    go.nowMs += 8 * day;
    await go.release();

    expect(await go.keys()).toEqual([]);
  });

  it('of a dead letter wait until it is sent back and applied', async () => {
    hold.fail('a', 1, 'always');
    await hold.deliver(events(hold, 'a', 1, 2));
    await hold.deliver(events(hold, 'a', 3));
    await hold.release();
    expect(await hold.applied()).toEqual([]);

    hold.fail('a', 1, undefined);
    await hold.deliver(
      hold.letters().map(({ copy }) => hold.redriven(copy)),
      'redrive',
    );
    await hold.release();

    expect(await hold.applied()).toEqual(['a/1', 'a/2', 'a/3']);
  });

  it('become dead letters in their order when nobody has mended the first within a day', async () => {
    hold.fail('a', 1, 'always');
    await hold.deliver(events(hold, 'a', 1, 2, 3));

    hold.nowMs += day;
    await hold.release();
    await hold.deliver(events(hold, 'a', 4));

    expect(hold.letters().map(({ event, code }) => [event, code])).toEqual([
      ['a/1', 'business_rejected'],
      ['a/2', 'key_held'],
      ['a/3', 'key_held'],
    ]);
    expect(await hold.applied()).toEqual(['a/4']);
  });

  it('go on when an operator releases the key of a dead letter', async () => {
    hold.fail('a', 1, 'always');
    await hold.deliver(events(hold, 'a', 1, 2));

    await hold.test.admin(`UPDATE shop.blocked_key SET key_decision = 'release'`);
    await hold.release();

    expect(await hold.applied()).toEqual(['a/2']);
  });

  it('go on when an operator skips the first, which becomes a dead letter', async () => {
    hold.fail('a', 1, 1_000);
    await hold.deliver(events(hold, 'a', 1, 2));

    await hold.test.admin(`UPDATE shop.blocked_key SET key_decision = 'skip'`);
    await hold.release();

    expect(await hold.applied()).toEqual(['a/2']);
    expect(hold.letters().map(({ event, code }) => [event, code])).toEqual([['a/1', 'key_skipped']]);
  });

  it('pause the group when as many wait as may, and it goes on when there is room', async () => {
    hold.fail('a', 1, 1_000);
    await hold.deliver(events(hold, 'a', 1, 2, 3));

    const full = hold.deliver(events(hold, 'a', 4));
    hold.fail('a', 1, undefined);
    hold.nowMs += tenSeconds;
    await hold.release();
    await full;

    expect(await hold.applied()).toEqual(['a/1', 'a/2', 'a/3', 'a/4']);
  });
});

import { headerName } from '@trunkline/events';
import { changeJob, type Job, listLetters, readJobReasons } from '@trunkline/journal';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { openRedriveHarness, type RedriveHarness } from '../testing/redrive-harness.ts';

let harness: RedriveHarness;

beforeAll(async () => {
  harness = await openRedriveHarness(inject('stack'));
});
afterEach(() => harness.reset());
afterAll(() => harness.close());

const offsetsOf = (taken: RedriveHarness['taken'], key: string): readonly number[] =>
  taken.filter((record) => String(record.key) === key).map(({ headers }) => Number(headers[headerName.originalOffset]));

/** Before it is planned, nothing is queued either. */
const hasSentSome = ({ counts }: Job): boolean => counts.planned > 0 && counts.queued < counts.planned;

describe('a redrive', () => {
  it('sends every letter back once, those of a key in their order, and ends with counts that add up', async () => {
    await harness.bury(300, 60);
    harness.startRunner();

    const job = await harness.jobWhen(await harness.ask(), 'ends', ({ state }) => state === 'ended');

    expect(job).toMatchObject({ ending: 'done', counts: { planned: 300, applied: 300, queued: 0, sent: 0 } });
    expect(harness.taken).toHaveLength(300);
    for (const key of new Set(harness.taken.map((record) => String(record.key)))) {
      const offsets = offsetsOf(harness.taken, key);
      expect(offsets).toEqual(offsets.toSorted((left, right) => left - right));
    }
    expect(harness.taken[0]?.headers).toMatchObject({
      [headerName.redriveId]: job.id,
      [headerName.redriveBy]: 'ada',
      [headerName.redriveCount]: '1',
    });
  });

  it('stops behind the first twenty where what they failed of is not mended', async () => {
    await harness.bury(100, 100);
    harness.mends = () => false;
    harness.startRunner();

    const job = await harness.jobWhen(await harness.ask(), 'ends', ({ state }) => state === 'ended');

    expect(job).toMatchObject({ ending: 'canary_failed', counts: { planned: 100, diedAgain: 20, returned: 80 } });
    expect(harness.taken).toHaveLength(20);
    expect(job.reason).toContain('not fixed');
  });

  it('sends no letter back a fourth time', async () => {
    await harness.bury(1, 1, { [headerName.redriveCount]: '3' });
    harness.startRunner();

    const job = await harness.jobWhen(await harness.ask(), 'ends', ({ state }) => state === 'ended');

    expect(job.counts).toMatchObject({ planned: 1, skipped: 1 });
    expect(harness.taken).toEqual([]);
  });

  it('waits while it is paused, takes another rate, and gives back on cancel what it has not sent', async () => {
    await harness.bury(200, 200);
    harness.startRunner();
    const id = await harness.ask({ rate: 20, options: { canary: false, force: false } });
    const change = (wanted: Parameters<typeof changeJob>[1]['change']) =>
      changeJob(harness.database, { id, change: wanted, actor: 'bob' });
    await harness.jobWhen(id, 'has sent some', hasSentSome);

    await change({ wanted: 'pause' });
    const before = await harness.jobWhen(
      id,
      'has outcomes of what it sent',
      ({ counts }) => counts.sent === 0 && counts.applied > 0,
    );
    await change({ rate: 30 });
    await change({ wanted: 'run' });
    await harness.jobWhen(id, 'goes on', ({ counts }) => counts.queued < before.counts.queued);
    await change({ wanted: 'cancel' });
    const job = await harness.jobWhen(id, 'ends', ({ state }) => state === 'ended');

    expect(job).toMatchObject({ ending: 'cancelled', rate: 30, counts: { planned: 200, queued: 0, sent: 0 } });
    expect(job.counts.applied + job.counts.returned).toBe(200);
    expect(job.counts.returned).toBeGreaterThan(0);
    expect(harness.taken).toHaveLength(job.counts.applied);
  });

  it('sends nothing that somebody put aside after it was planned, and counts it as skipped', async () => {
    await harness.bury(60, 60);
    harness.startRunner();
    // So slow that what is put aside below is not sent before, however long that takes.
    const id = await harness.ask({ rate: 1, options: { canary: false, force: false } });
    await harness.jobWhen(id, 'has sent some', hasSentSome);

    const { letters } = await listLetters(harness.database, {
      group: { name: 'payments', schema: 'payments' },
      scope: 'all',
      filter: { states: ['queued'] },
    });
    // The last of the plan.
    const put = letters.toSorted((left, right) => Number(left.original.offset - right.original.offset)).slice(-5);
    await harness.discard(put.map((letter) => letter.id));
    await changeJob(harness.database, { id, change: { rate: 2_000 }, actor: 'bob' });
    const job = await harness.jobWhen(id, 'ends', ({ state }) => state === 'ended');

    expect(job).toMatchObject({ ending: 'done', counts: { planned: 60, applied: 55, skipped: 5 } });
    expect(await readJobReasons(harness.database, { scope: 'all', id })).toEqual([
      { state: 'skipped', reason: 'discarded', letters: 5 },
    ]);
    const taken = new Set(harness.taken.map(({ headers }) => headers[headerName.id]));
    expect(put.filter(({ recordId }) => recordId !== undefined && taken.has(recordId))).toEqual([]);
  });

  it('sends nothing that stands in the place of a letter by now, and counts that one as skipped', async () => {
    await harness.bury(60, 60);
    const first = harness.startRunner();
    const id = await harness.ask({ rate: 1, options: { canary: false, force: false } });
    await harness.jobWhen(id, 'has sent some', hasSentSome);
    await first.stop({ deadlineMs: 10_000 });
    await harness.replaceLast(id);

    harness.startRunner();
    await changeJob(harness.database, { id, change: { rate: 2_000 }, actor: 'bob' });
    const job = await harness.jobWhen(id, 'ends', ({ state }) => state === 'ended');

    expect(job).toMatchObject({ ending: 'done', counts: { planned: 60, applied: 59, skipped: 1 } });
    expect(await readJobReasons(harness.database, { scope: 'all', id })).toEqual([
      { state: 'skipped', reason: 'expired', letters: 1 },
    ]);
    expect(new Set(harness.taken.map(({ headers }) => headers[headerName.id])).size).toBe(59);
  });

  it('is gone on with by another process when its own stops in the middle', async () => {
    await harness.bury(200, 200);
    const first = harness.startRunner();
    const id = await harness.ask({ rate: 100 });
    await harness.jobWhen(id, 'has sent some', hasSentSome);

    await first.stop({ deadlineMs: 10_000 });
    harness.startRunner();
    await changeJob(harness.database, { id, change: { rate: 2_000 }, actor: 'bob' });
    const job = await harness.jobWhen(id, 'ends', ({ state }) => state === 'ended');

    expect(job).toMatchObject({ ending: 'done', counts: { planned: 200, applied: 200 } });
    const ids = harness.taken.map(({ headers }) => headers[headerName.id]);
    expect(new Set(ids).size).toBe(200);
  });

  it('does not bury a group that takes nothing', async () => {
    await harness.bury(100, 100);
    harness.isRunning = false;
    harness.startRunner();
    const options = { canary: false, force: false };
    const before = await harness.ask({ options });
    await harness.jobWhen(before, 'has sent all', ({ counts }) => counts.sent === 100);
    await harness.bury(100, 100);
    const id = await harness.ask({ rate: 1, options });

    const held = await harness.jobWhen(id, 'says why it waits', ({ reason }) => reason !== undefined);

    expect(held.reason).toMatch(/not yet taken \d+ records/);
    expect(held.counts.queued).toBe(100);
  });
});

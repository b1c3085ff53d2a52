import { TrunklineError } from '@trunkline/core';
import { type Database, decideLetters, leaseLost, listAudit } from '@trunkline/postgres';
import { createTestService, type TestDatabase, type TestService } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { listLetters } from '../letters/list.ts';
import type { StepRow } from '../rows.ts';
import { createLettersDatabase, deadStep, markApplied, payments } from '../testing/index.ts';
import { createJournalWriter } from '../write/writer.ts';
import { askForRedrive, changeJob } from './ask.ts';
import { findJob, type Job, listJobs } from './job.ts';
import { claimJob, moveJob, releaseJob, withJob } from './leased-job.ts';
import { countRedrive, planRedrive, type RedrivePlan } from './plan.ts';
import { markSent, nextPlanned, readCanary, returnQueued, settleSent, skipDiscarded } from './planned-letters.ts';

let service: TestService;
let test: TestDatabase;
let operator: Database;
let runner: Database;

const dayMs = 86_400_000;
const signal = new AbortController().signal;

beforeAll(async () => {
  service = await createTestService('payments', {});
  test = await createLettersDatabase(inject('stack').postgresAdminUrl, service);
  operator = test.open({ connectionString: test.urlOf('operator'), schema: 'journal' });
  runner = test.open({ schema: 'journal' });
});
afterAll(async () => {
  await test.drop();
  await service.remove();
});
beforeEach(async () => {
  await test.empty('journal.position', 'journal.letter', 'journal.job', 'journal.job_letter', 'payments.inbox');
});

async function bury(...steps: readonly StepRow[]): Promise<void> {
  await createJournalWriter(runner, Date.now).write(steps);
}

function ask(given: Partial<Parameters<typeof askForRedrive>[1]> = {}): Promise<string> {
  const options = { canary: true, force: false };
  return askForRedrive(operator, {
    group: 'payments',
    filter: {},
    options,
    rate: 50,
    note: 'mended',
    actor: 'ada',
    ...given,
  });
}

function planOf(given: Partial<RedrivePlan> = {}): RedrivePlan {
  const options = { canary: true, force: false };
  return {
    group: payments,
    filter: {},
    options,
    newestApplicableAgeMs: 38 * dayMs,
    untilMs: Date.now() + 60_000,
    ...given,
  };
}

/** A job of its own for the letters there are, planned. */
async function planned(given: Partial<RedrivePlan> = {}): Promise<string> {
  const id = await ask();
  const lease = await claimed();
  await withJob(runner, lease, (tx, job) => planRedrive(tx, job, planOf(given)));
  return id;
}

async function claimed(owner = 'one'): Promise<NonNullable<Awaited<ReturnType<typeof claimJob>>>> {
  const lease = await claimJob(runner, { owner: owner });
  if (lease === undefined) throw new Error('there is no job to take');
  return lease;
}

function next(jobId: string, given: Partial<Parameters<typeof nextPlanned>[1]> = {}): ReturnType<typeof nextPlanned> {
  return nextPlanned(runner, { jobId, canaryOnly: false, afterPlace: 0, limit: 100, maxBytes: 1e9, signal, ...given });
}

async function jobOf(id: string): Promise<Job> {
  const job = await findJob(operator, { scope: 'all', id });
  if (job === undefined) throw new Error(`there is no job ${id}`);
  return job;
}

describe('the plan of a redrive', () => {
  it('leaves out what is done, too old or was sent back too often, and says so in a dry run', async () => {
    const done = deadStep({ offset: 1n });
    await bury(
      deadStep({ offset: 0n }),
      done,
      deadStep({ offset: 2n, originalAtMs: Date.now() - 39 * dayMs }),
      deadStep({ offset: 3n, redrives: 3, type: 'payments.refund.failed', tenantId: 'tnt_b' }),
    );
    await markApplied(test, done);
    const names = [0n, 1n, 2n, 3n].map((offset) => ({ kind: 'letter', id: deadStep({ offset }).letterId }) as const);

    const counts = await countRedrive(operator, { scope: 'all', plan: planOf() });
    const named = await countRedrive(operator, { scope: 'all', plan: planOf({ filter: { names } }) });
    const forced = await countRedrive(operator, {
      scope: 'all',
      plan: planOf({ options: { canary: true, force: true } }),
    });
    const job = await jobOf(await planned({ filter: { names } }));

    const linesOf = (lines: typeof counts) =>
      new Set(lines.map((line) => `${line.reason ?? 'sent'} ${line.tenant} ${line.letters}`));
    expect(linesOf(counts)).toEqual(new Set(['sent tnt_acme 1', 'too_old tnt_acme 1', 'loop tnt_b 1']));
    expect(new Set(named.map(({ reason }) => reason))).toEqual(new Set(['done_since', 'too_old', 'loop', undefined]));
    expect(forced.every(({ reason }) => reason === undefined)).toBe(true);
    expect(job.counts).toMatchObject({ planned: 4, queued: 1, skipped: 3 });
  });

  it('keeps the order in which records of a key were appended, behind a canary of firsts over tenants and types', async () => {
    const letter = (offset: bigint, tenantId: string, recordKey: string): StepRow =>
      deadStep({
        offset,
        tenantId,
        recordKey,
        place: { topic: 'payments.dlt', partition: 0, offset: 100n - offset, appendedAtMs: Date.now() },
      });
    // Of one tenant many keys, of another one; they died in the other order.
    await bury(
      ...Array.from({ length: 60 }, (_, index) => letter(BigInt(60 - index), 'tnt_a', `tnt_a:${(60 - index) % 30}`)),
      letter(61n, 'tnt_b', 'tnt_b:1'),
      letter(62n, 'tnt_b', 'tnt_b:1'),
    );

    const id = await planned();
    const canary = await next(id, { canaryOnly: true });
    const all = await next(id);

    expect(canary).toHaveLength(20);
    expect(all).toHaveLength(62);
    const offsetOf = ({ offset }: { readonly offset: bigint }): bigint => 100n - offset;
    expect(canary.map(offsetOf)).toContain(61n);
    expect(canary.map(offsetOf)).not.toContain(62n);
    const rest = all.slice(20).map(offsetOf);
    expect(rest).toEqual(rest.toSorted((left, right) => Number(left - right)));
    expect((await next(id, { afterPlace: 60 })).map(({ place }) => place)).toEqual([61, 62]);
    expect(await next(id, { maxBytes: 1 })).toHaveLength(1);
  });

  it('holds a letter for one job, and what is queued is not open', async () => {
    await bury(deadStep({ offset: 0n }));
    await planned();

    const counts = await countRedrive(operator, {
      scope: 'all',
      plan: planOf({ filter: { names: [{ kind: 'copy', partition: 0, offset: '0' }] } }),
    });
    const { letters } = await listLetters(operator, { group: payments, scope: 'all', filter: {} });

    expect(counts).toMatchObject([{ reason: 'in_another_job', letters: 1 }]);
    expect(letters.map(({ state }) => state)).toEqual(['queued']);
  });
});

describe('a job', () => {
  it('counts what became of each letter, and the counts add up to the plan', async () => {
    const steps = [0n, 1n, 2n, 3n, 4n].map((offset) => deadStep({ offset, recordKey: `tnt_acme:${offset}` }));
    const [applied, stale, dead, waiting] = steps as [StepRow, StepRow, StepRow, StepRow];
    await bury(...steps);
    const id = await planned();
    const lease = { id, owner: 'one', fence: 1n, leaseMs: 15_000 };
    const ids = (...sent: readonly StepRow[]) => sent.map(({ letterId }) => letterId);

    await withJob(runner, lease, (tx, job) =>
      markSent(tx, job, { sent: ids(applied, stale, dead, waiting), gone: [] }),
    );
    await markApplied(test, applied);
    await markApplied(test, stale, 'stale');
    await bury({ ...dead, place: { ...dead.place, partition: 1, offset: 7n } });
    await bury({ ...waiting, kind: 'retry', redriveId: id, place: { ...waiting.place, topic: 'payments.retry.10s' } });
    const settled = await withJob(runner, lease, (tx, job) => settleSent(tx, job, payments));
    const canary = await withJob(runner, lease, (tx, job) => readCanary(tx, job));
    await withJob(runner, lease, (tx, job) => returnQueued(tx, job, 'cancelled'));

    expect(settled).toBe(3);
    expect(canary).toEqual({ letters: 5, queued: 1, sent: 1, diedAgain: 1, retrying: 1 });
    const { planned: all, ...parts } = (await jobOf(id)).counts;
    expect(parts).toEqual({ queued: 0, sent: 1, applied: 1, stale: 1, diedAgain: 1, returned: 1, skipped: 0 });
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(all);
  });

  it('judges its canary by those of it that are sent', async () => {
    const steps = [0n, 1n, 2n].map((offset) => deadStep({ offset, recordKey: `tnt_acme:${offset}` }));
    await bury(...steps);
    const id = await planned();
    const lease = { id, owner: 'one', fence: 1n, leaseMs: 15_000 };
    const ids = steps.map(({ letterId }) => letterId);
    const letters = ids.slice(0, 2).map((letterId) => ({ id: letterId, tenant: 'tnt_acme' }));
    await decideLetters(operator, { group: 'payments', state: 'discarded', reason: 'a test', actor: 'ada', letters });

    const skipped = await withJob(runner, lease, (tx, job) => skipDiscarded(tx, job, ids));
    const canary = await withJob(runner, lease, (tx, job) => readCanary(tx, job));

    expect(skipped).toEqual(new Set(ids.slice(0, 2)));
    expect(canary).toMatchObject({ letters: 1, queued: 1 });
  });

  it('is one process’s until its lease runs out, and then the other’s alone', async () => {
    const id = await ask();
    const first = await claimed('one');

    expect(await claimJob(runner, { owner: 'two' })).toBeUndefined();
    await test.admin(`UPDATE journal.job SET lease_until = now() - interval '1 second' WHERE job_id = $1`, [id]);
    // Nobody has taken it yet: it still is the first one's.
    expect(await withJob(runner, first, () => Promise.resolve('mine'))).toBe('mine');
    await test.admin(`UPDATE journal.job SET lease_until = now() - interval '1 second' WHERE job_id = $1`, [id]);
    const second = await claimed('two');

    expect(second.fence).toBe(first.fence + 1n);
    expect(await withJob(runner, first, (tx, job) => moveJob(tx, job, { state: 'ended' }))).toBe(leaseLost);
    expect((await jobOf(id)).state).toBe('asked');
    await releaseJob(runner, second, 0);
    expect((await claimed('three')).fence).toBe(3n);
  });

  it('waits for the elder one of its group, unless that only awaits outcomes', async () => {
    const elder = await ask();
    await ask();
    const lease = await claimed();

    expect(lease.id).toBe(elder);
    expect(await claimJob(runner, { owner: 'two' })).toBeUndefined();
    await withJob(runner, lease, (tx, job) => moveJob(tx, job, { state: 'awaiting' }));
    expect(await claimJob(runner, { owner: 'two' })).toBeDefined();
  });

  it('is paused, resumed, paced and cancelled by whoever says why, and that stands in the audit', async () => {
    const id = await ask();
    const change = (wanted: Parameters<typeof changeJob>[1]['change']) =>
      changeJob(operator, { id, change: wanted, actor: 'bob', note: 'busy' });

    expect(await change({ wanted: 'pause' })).toMatchObject({ wanted: 'pause' });
    expect(await change({ wanted: 'run' })).toMatchObject({ wanted: 'run' });
    expect(await change({ rate: 500 })).toMatchObject({ rate: 500 });
    await expect(change({ rate: 0 })).rejects.toThrow(TrunklineError);
    expect(await change({ wanted: 'cancel' })).toMatchObject({ wanted: 'cancel' });
    await expect(change({ wanted: 'run' })).rejects.toThrow(/is over/);
    expect(
      await changeJob(operator, { id: '00000000-0000-4000-8000-000000000000', change: { rate: 1 }, actor: 'bob' }),
    ).toBeUndefined();

    const audit = await operator.transaction([], (tx) => listAudit(tx, { limit: 100 }));
    const own = audit.toReversed().filter(({ target }) => target === `job ${id}`);
    expect(own.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'ada dlq redrive',
      'bob jobs pause',
      'bob jobs resume',
      'bob jobs rate',
      'bob jobs cancel',
    ]);
  });

  it('is seen by the tenant whose letters it is about, and by nobody else but who sees all', async () => {
    await bury(deadStep({ offset: 0n, tenantId: 'tnt_a' }), deadStep({ offset: 1n, tenantId: 'tnt_b' }));
    const own = await ask({ filter: { tenant: 'tnt_a' } });
    const all = await ask();
    const ids = async (scope: Parameters<typeof listJobs>[1]['scope']) =>
      (await listJobs(operator, { scope })).map(({ id }) => id);

    expect(await ids(['tnt_a'])).toEqual([own]);
    expect(await ids(['tnt_b'])).toEqual([]);
    expect(new Set(await ids('all'))).toEqual(new Set([own, all]));
    expect(await findJob(operator, { scope: ['tnt_b'], id: own })).toBeUndefined();
  });
});

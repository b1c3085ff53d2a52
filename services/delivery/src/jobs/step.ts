import { failpoint } from '@trunkline/core';
import { auditJob, cures, type JobEnding, jobKinds, jobLimits, type LeasedJob, moveJob } from '@trunkline/delivery';
import type { Transaction } from '@trunkline/postgres';

import { act, takeBack, waitingOf } from './act.ts';
import { kindRules } from './kinds/index.ts';
import { type KindRule, type Pair, reasonOf } from './kinds/kind.ts';
import { type JobEndpoint, lockEndpoint, readPage } from './read-page.ts';

/** What comes next: something was done and the next is due behind it; again at once; come back later; or nothing. */
export interface Step {
  readonly next: 'paced' | 'again' | 'later' | 'over';
  /** How much later. */
  readonly pauseMs: number;
  /** With how many messages something was done. */
  readonly done: number;
  readonly rate: number;
}

export interface StepSize {
  /** Messages that are looked through, and those of them that something may be done with. */
  readonly rows: number;
  readonly portion: number;
}

/** Who ends jobs, in the audit. */
const runnerActor = 'trunkline delivery';

/** Does what is due for a job, in the transaction that has it; where it is afterwards is written in the same one. */
export async function step(tx: Transaction, job: LeasedJob, size: StepSize): Promise<Step> {
  if (job.state === 'ended') return stood(job, 'over');
  if (job.wanted === 'cancel' && job.state !== 'awaiting') return await cancel(tx, job);
  if (job.state === 'awaiting') return await awaitEnds(tx, job);
  const endpoint = await lockEndpoint(tx, job.endpointId);
  if (endpoint === undefined || endpoint.state === 'deleted')
    return await end(tx, job, { ending: 'endpoint_deleted', reason: `${job.endpointId} is deleted` });
  if (job.state === 'asked') return await count(tx, job, endpoint);
  if (job.wanted === 'pause') return stood(job, 'later', jobLimits.holdMs);
  const heldBy = await holdOf(tx, job, endpoint);
  if (heldBy !== undefined) {
    if (job.reason !== heldBy) await moveJob(tx, job, { state: 'held', reason: heldBy });
    return stood(job, 'later', jobLimits.holdMs);
  }
  return await go(tx, job, { endpoint, size });
}

/** Looks through everything once, and does nothing: how much there is of each reason. */
async function count(tx: Transaction, job: LeasedJob, endpoint: JobEndpoint): Promise<Step> {
  const rule = kindRules[job.kind];
  const limit = rowsOf(jobLimits.pageRows, rule, endpoint);
  const page = await readPage(tx, job, { endpoint, limit, judges: rule.onlyWanted });
  const { chosen, left } = divided(page, rule, job);
  const counts = {
    chosen: added(job.chosen, chosen, rule),
    leftAlone: added(job.leftAlone, left, rule),
  };
  if (page.length === limit) await moveJob(tx, job, { ...counts, place: placeOf(page) });
  else if (job.isDryRun) await moveJob(tx, job, { ...counts, state: 'ended', ending: 'counted', isCounted: true });
  else await moveJob(tx, job, { ...counts, state: 'running', place: null, isCounted: true });
  return stood(job, job.isDryRun && page.length < limit ? 'over' : 'again');
}

/** Why nothing may be done now; undefined where something may. */
async function holdOf(tx: Transaction, job: LeasedJob, { state }: JobEndpoint): Promise<string | undefined> {
  if (jobKinds[job.kind].does !== 'send') return undefined;
  if (state !== 'enabled')
    return `${job.endpointId} is ${state}: ${cures[state]} and the job goes on, or cancel the job`;
  const most = job.rate * jobLimits.backlogSeconds;
  const waiting = await waitingOf(tx, job, most);
  return waiting < most ? undefined : `${job.endpointId} has yet to take ${waiting} messages of this job`;
}

async function go(
  tx: Transaction,
  job: LeasedJob,
  { endpoint, size }: { readonly endpoint: JobEndpoint; readonly size: StepSize },
): Promise<Step> {
  const rule = kindRules[job.kind];
  const limit = rowsOf(size.rows, rule, endpoint);
  const page = await readPage(tx, job, { endpoint, limit, judges: rule.onlyWanted });
  const { chosen } = divided(page, rule, job);
  const some = chosen.slice(0, size.portion);
  const done = await act(tx, job, some);
  const isLast = page.length < limit && some.length === chosen.length;
  failpoint('delivery.in_job');
  await moveJob(tx, job, {
    state: isLast ? 'awaiting' : 'running',
    reason: null,
    done: job.done + done,
    // Behind what was done; what is left of the page is looked at again.
    place: some.length < chosen.length ? placeOf(some) : placeOf(page),
    ...(isLast ? { ending: 'done' } : {}),
  });
  const isPaced = some.length > 0 && !isLast && jobKinds[job.kind].does === 'send';
  return { next: isPaced ? 'paced' : 'again', pauseMs: 0, done: some.length, rate: job.rate };
}

async function awaitEnds(tx: Transaction, job: LeasedJob): Promise<Step> {
  const waiting = await waitingOf(tx, job, 1);
  const { awaitingMs = 0 } = job;
  // What did not come at once is waited for in longer steps: retries take hours.
  if (waiting > 0 && awaitingMs < jobLimits.awaitMs)
    return stood(job, 'later', Math.min(jobLimits.awaitStepMs, awaitingMs / 4));
  return await end(tx, job, { ending: job.ending ?? 'done' });
}

async function cancel(tx: Transaction, job: LeasedJob): Promise<Step> {
  const returned = await takeBack(tx, job);
  return await end(tx, job, { ending: 'cancelled', returned });
}

async function end(
  tx: Transaction,
  job: LeasedJob,
  {
    ending,
    reason = null,
    returned = 0,
  }: { readonly ending: JobEnding; readonly reason?: string | null; readonly returned?: number },
): Promise<Step> {
  await moveJob(tx, job, { state: 'ended', ending, reason, returned });
  if (!job.isDryRun)
    await auditJob(tx, { job, actor: runnerActor, action: 'jobs end', detail: { ending, done: job.done, returned } });
  return stood(job, 'over');
}

/** Ends a job that waiting does not help. */
export async function fail(tx: Transaction, job: LeasedJob, reason: string): Promise<void> {
  if (job.state !== 'ended') await end(tx, job, { ending: 'failed', reason });
}

/** A filter is asked about bodies, which are in memory meanwhile. */
function rowsOf(rows: number, { onlyWanted }: KindRule, { filter }: JobEndpoint): number {
  return onlyWanted && filter !== '' ? Math.min(rows, jobLimits.judgedRows) : rows;
}

function divided(
  page: readonly Pair[],
  rule: KindRule,
  { states }: LeasedJob,
): { readonly chosen: readonly Pair[]; readonly left: readonly Pair[] } {
  const isChosen = (pair: Pair): boolean => (pair.isWanted || !rule.onlyWanted) && rule.chooses(pair, states);
  return { chosen: page.filter(isChosen), left: page.filter((pair) => !isChosen(pair)) };
}

function added(
  counts: Readonly<Record<string, number>>,
  pairs: readonly Pair[],
  rule: KindRule,
): Readonly<Record<string, number>> {
  const sums = new Map(Object.entries(counts));
  for (const pair of pairs) {
    const reason = reasonOf(pair, rule);
    sums.set(reason, (sums.get(reason) ?? 0) + 1);
  }
  return Object.fromEntries(sums);
}

function placeOf(pairs: readonly Pair[]): LeasedJob['place'] | null {
  const last = pairs.at(-1);
  // Nothing is behind it: whoever looks again looks from the beginning, and there is nobody.
  return last === undefined ? null : { at: last.messageAt, event: last.eventUuid };
}

function stood({ rate }: LeasedJob, next: Step['next'], pauseMs = 0): Step {
  return { next, pauseMs, done: 0, rate };
}

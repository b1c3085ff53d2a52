import { groups } from '@trunkline/consumer';
import { TrunklineError } from '@trunkline/core';
import {
  auditJob,
  countJob,
  isCanaryDead,
  type JobEnding,
  jobLimits,
  type LeasedJob,
  type LetterGroup,
  moveJob,
  planRedrive,
  readCanary,
  returnQueued,
  settleSent,
} from '@trunkline/journal';
import type { Transaction } from '@trunkline/postgres';

/** What comes next: send a portion, wait a moment, look again at once, come back later, or nothing. */
export interface Step {
  readonly next: 'send' | 'wait' | 'again' | 'later' | 'over';
  readonly job: LeasedJob;
}

export interface Phases {
  /** Decides what is due for a job, in a transaction that has it. */
  step(tx: Transaction, job: LeasedJob): Promise<Step>;
  /** Ends it early: nothing more is sent, and what is on its way is awaited. */
  stop(tx: Transaction, job: LeasedJob, why: { readonly ending: JobEnding; readonly reason: string }): Promise<void>;
}

/** Who ends jobs, in the audit. */
const runnerActor = 'trunkline journal';

/** The phases of a redrive: asked, canary, running, awaiting, ended. Sends nothing itself. */
export function createPhases({ newestApplicableAgeMs }: { readonly newestApplicableAgeMs: number }): Phases {
  /** Settling that settles nothing is done less often: retries take hours. */
  let settleInMs: number = jobLimits.settleMs;
  let settledAtMs = -Infinity;

  async function step(tx: Transaction, job: LeasedJob): Promise<Step> {
    if (job.state === 'ended') return { next: 'over', job };
    const group = groupOf(job);
    if (job.wanted === 'cancel' && job.ending === undefined) {
      await stop(tx, job, { ending: 'cancelled', reason: 'cancelled' });
      return { next: 'again', job };
    }
    const hasSettled = await settle(tx, job, group);
    return { next: await nextOf(tx, job, { group, hasSettled }), job };
  }

  async function nextOf(
    tx: Transaction,
    job: LeasedJob,
    { group, hasSettled }: { readonly group: LetterGroup; readonly hasSettled: boolean },
  ): Promise<Step['next']> {
    switch (job.state) {
      case 'asked':
        await plan(tx, job, group);
        return 'again';
      case 'canary':
        return await canary(tx, job);
      case 'running':
        if (await isRunningOver(tx, job, hasSettled)) return 'again';
        return job.wanted === 'pause' ? 'wait' : 'send';
      case 'awaiting':
        if (await isAwaitingOver(tx, job, hasSettled)) return 'over';
        return settleInMs < jobLimits.settleLastMs ? 'wait' : 'later';
      case 'ended':
        return 'over';
    }
  }

  async function plan(tx: Transaction, job: LeasedJob, group: LetterGroup): Promise<void> {
    const { filter, options, createdAtMs: untilMs } = job;
    const queued = await planRedrive(tx, job, { group, filter, options, newestApplicableAgeMs, untilMs });
    const planned = { isPlanned: true, reason: null };
    if (queued === 0) await moveJob(tx, job, { ...planned, state: 'awaiting', ending: 'done' });
    else await moveJob(tx, job, { ...planned, state: options.canary ? 'canary' : 'running' });
  }

  async function settle(tx: Transaction, job: LeasedJob, group: LetterGroup): Promise<boolean> {
    if (!job.hasSent || performance.now() - settledAtMs < settleInMs) return false;
    const settled = await settleSent(tx, job, group);
    settleInMs = settled > 0 ? jobLimits.settleMs : Math.min(settleInMs * 2, jobLimits.settleLastMs);
    settledAtMs = performance.now();
    return settled > 0;
  }

  async function canary(tx: Transaction, job: LeasedJob): Promise<Step['next']> {
    const { letters, queued, sent, diedAgain, retrying } = await readCanary(tx, job);
    // A retry is a failure too, but one that may mend itself until the time is up.
    const deaths = diedAgain + (job.isDue ? retrying : 0);
    if (isCanaryDead({ letters }, deaths)) {
      const reason = `${deaths} of the first ${letters} failed again: what they failed of is not fixed`;
      await stop(tx, job, { ending: 'canary_failed', reason });
      return 'again';
    }
    if (queued > 0) return job.wanted === 'pause' ? 'wait' : 'send';
    // Those that are being retried may take hours; few enough of them are no reason to wait.
    if (sent === 0 || (job.isDue && sent === retrying)) {
      await moveJob(tx, job, { state: 'running', reason: null, dueInMs: null });
      return 'again';
    }
    if (job.dueAtMs === undefined) await moveJob(tx, job, { dueInMs: jobLimits.canaryWaitMs });
    else if (job.isDue) {
      const reason = `${sent} of the first ${letters} have no outcome yet: does the group ${job.group} run?`;
      if (job.reason !== reason) await moveJob(tx, job, { reason });
    }
    return 'wait';
  }

  async function isRunningOver(tx: Transaction, job: LeasedJob, hasSettled: boolean): Promise<boolean> {
    if (!job.hasQueued) {
      await moveJob(tx, job, { state: 'awaiting', ending: 'done', reason: null, dueInMs: jobLimits.awaitMs });
      return true;
    }
    if (!hasSettled) return false;
    const { applied, stale, diedAgain } = await countJob(tx, job.id);
    const known = applied + stale + diedAgain;
    if (known < jobLimits.canaryLetters || diedAgain <= known * jobLimits.deadShare) return false;
    await stop(tx, job, { ending: 'dies_again', reason: `${diedAgain} of ${known} died again` });
    return true;
  }

  async function isAwaitingOver(tx: Transaction, job: LeasedJob, hasSettled: boolean): Promise<boolean> {
    if (job.hasSent && !hasSettled && !job.isDue) return false;
    const counts = await countJob(tx, job.id);
    if (counts.sent > 0 && !job.isDue) return false;
    await moveJob(tx, job, { state: 'ended', dueInMs: null });
    const { queued: _none, sent: onTheirWay, ...outcomes } = counts;
    const detail = { ending: job.ending ?? 'done', ...outcomes, onTheirWay };
    await auditJob(tx, job, { actor: runnerActor, action: 'job end', note: job.reason ?? '', detail });
    return true;
  }

  async function stop(
    tx: Transaction,
    job: LeasedJob,
    { ending, reason }: { readonly ending: JobEnding; readonly reason: string },
  ): Promise<void> {
    await returnQueued(tx, job, ending);
    await moveJob(tx, job, { state: 'awaiting', ending, reason, dueInMs: jobLimits.awaitMs });
    // That somebody cancelled it stands there already.
    if (ending !== 'cancelled')
      await auditJob(tx, job, { actor: runnerActor, action: 'job stop', note: reason, detail: { ending } });
  }

  return { step, stop };
}

function groupOf(job: LeasedJob): LetterGroup {
  const group = groups.find(({ name }) => name === job.group);
  if (group === undefined) throw new TrunklineError('config_invalid', `this build has no consumer group ${job.group}`);
  return group;
}

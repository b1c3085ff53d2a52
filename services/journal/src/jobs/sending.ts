import { failpoint } from '@trunkline/core';
import {
  jobLimits,
  type LeasedJob,
  markSent,
  moveJob,
  nextPlanned,
  type PlannedLetter,
  skipDiscarded,
  withJob,
} from '@trunkline/journal';
import { deadLetterTopic } from '@trunkline/kafka';
import { letterIdOf, redriveRecord } from '@trunkline/operations';
import { leaseLost } from '@trunkline/postgres';

import { createBacklogWatch } from './backlog-watch.ts';
import { createPlannedRecords, type Loaded, type PlannedRecords } from './planned-records.ts';
import type { RedriveWork } from './redrive.ts';

/** Sends the letters of one job back, in the order of its plan and at its pace. */
export interface Sending {
  /** The next portion, when it is due; returns the wait until the one behind it, milliseconds. */
  send(job: LeasedJob): Promise<number>;
  /** What was read and not sent is read again. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** The longest wait: a job may be paused or given another rate meanwhile. */
const lookAgainMs = 200;
const readAheadSeconds = 10;

export function createSending(work: RedriveWork, signal: AbortSignal): Sending {
  const { database, kafka, lease, clock } = work;
  const backlog = createBacklogWatch(kafka);
  let records: { readonly canaryOnly: boolean; readonly from: PlannedRecords<PlannedLetter> } | undefined;
  let sendAtMs = -Infinity;

  async function send(job: LeasedJob): Promise<number> {
    const untilMs = sendAtMs - performance.now();
    if (untilMs > 0) return Math.min(untilMs, lookAgainMs);
    if (await isHeldBack(job)) return lookAgainMs;
    const loaded = await wanted(await (await recordsOf(job)).take(portionOf(job.rate)), job);
    if (loaded.length === 0) return lookAgainMs;
    await publish(loaded, job);
    // From when it was due, so that what a turn takes is no part of the pace; more time that was not used is not saved up.
    sendAtMs = Math.max(performance.now() - lookAgainMs, sendAtMs) + (loaded.length / job.rate) * 1_000;
    return Math.min(lookAgainMs, Math.max(0, sendAtMs - performance.now()));
  }

  /** A group that does not keep up, or stands still, is not buried. */
  async function isHeldBack(job: LeasedJob): Promise<boolean> {
    const waiting = await backlog.waiting(job.group);
    const isHeld = waiting > job.rate * jobLimits.backlogSeconds;
    const reason = isHeld ? `the group has not yet taken ${waiting} records that were sent back to it` : undefined;
    if (isHeld !== (job.reason !== undefined)) {
      await withJob(database, lease, (tx) => moveJob(tx, job, { reason: reason ?? null }), signal);
    }
    return isHeld;
  }

  /** Those that nobody has put aside since they were planned, minutes ago perhaps. */
  async function wanted(
    loaded: readonly Loaded<PlannedLetter>[],
    job: LeasedJob,
  ): Promise<readonly Loaded<PlannedLetter>[]> {
    const ids = loaded.map(({ planned }) => planned.id);
    const discarded = await withJob(database, lease, (tx) => skipDiscarded(tx, job, ids), signal);
    return discarded === leaseLost ? [] : loaded.filter(({ planned }) => !discarded.has(planned.id));
  }

  /** Acknowledged, then noted. A kill in between publishes the portion again, and the inbox applies it once. */
  async function publish(loaded: readonly Loaded<PlannedLetter>[], job: LeasedJob): Promise<void> {
    const publisher = await work.publisher();
    const run = {
      redriveId: job.id,
      nowMs: clock(),
      actor: job.actor,
      forcedIds: new Set(loaded.flatMap(({ planned: letter }) => (letter.isForced ? [letter.id] : []))),
    };
    // On a topic that was made anew another letter may stand in its place.
    const there = loaded.flatMap(({ planned: letter, record }) =>
      record === undefined || letterIdOf(job.group, record) !== letter.id ? [] : [{ letter, record }],
    );
    const outgoing = there.map((found) => redriveRecord(job.group, found, run));
    failpoint('redrive.before_publish');
    if (outgoing.length > 0) await publisher.publish(outgoing, { deadlineMs: jobLimits.publishMs, signal });
    failpoint('redrive.after_publish');
    const sent = new Set(there.map(({ letter }) => letter.id));
    const gone = loaded.flatMap(({ planned: letter }) => (sent.has(letter.id) ? [] : [letter.id]));
    await withJob(database, lease, (tx) => markSent(tx, job, { sent: [...sent], gone }), signal);
  }

  async function recordsOf(job: LeasedJob): Promise<PlannedRecords<PlannedLetter>> {
    const canaryOnly = job.state === 'canary';
    if (records?.canaryOnly !== canaryOnly) {
      await forget();
      const ahead = Math.min(job.rate * readAheadSeconds, jobLimits.readLetters);
      const from = createPlannedRecords({
        kafka,
        topic: deadLetterTopic(job.group),
        next: (asked) => nextPlanned(database, { jobId: job.id, canaryOnly, ...asked }),
        ahead: Math.max(jobLimits.canaryLetters, ahead),
      });
      records = { canaryOnly, from };
    }
    return records.from;
  }

  async function forget(): Promise<void> {
    await records?.from.close();
    records = undefined;
  }

  return {
    send,
    forget,
    async close() {
      await Promise.all([forget(), backlog.close()]);
    },
  };
}

/** Five a second: enough for the fastest job, and small enough that a change of the rate is felt. */
function portionOf(rate: number): number {
  return Math.min(jobLimits.portion, Math.max(1, Math.round(rate / 5)));
}

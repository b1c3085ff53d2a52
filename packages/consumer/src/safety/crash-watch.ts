import { randomUUID } from 'node:crypto';

import { classify, dispositionOf, type EventId, isEventId, TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';
import { beat, endRun, findDeadRuns, findDone, putDown, runBeatMs, takeInHand } from '@trunkline/postgres';

import type { BatchContext } from '../batch/batch-context.ts';
import type { ProcessBatch } from '../batch/batch.ts';
import { notRun } from '../batch/run.ts';
import { createFinish } from '../failures/finish.ts';
import type { Via } from '../handler.ts';
import type { ConsumerLog } from '../ports.ts';

/**
 * No content of a record may keep ending the process. While nothing dies this costs one statement a second and, with
 * each assignment of partitions, one look at who died. After a death every process of the group is careful: it takes
 * its next records one at a time, all pumps together, and writes down which one it has in hand. So the record that
 * ends processes is found by the marks it leaves, and dead-lettered at the third.
 */
export interface CrashWatch {
  /** The processing of one pump, made careful when there is reason to. */
  guard(process: ProcessBatch, via: Via): ProcessBatch;
  /** The orderly end, after the pumps: the next process need not be careful. */
  stop(): Promise<void>;
}

/** For what may be left undone. */
const answerDeadlineMs = 1_000;

export function createCrashWatch(batch: BatchContext, log: ConsumerLog): CrashWatch {
  const { group, database, limits } = batch;
  const runId = randomUUID();
  const finish = createFinish(batch);
  const inTurn = createTurns();
  /** Assignments of partitions for which somebody has looked. */
  const looked = new WeakSet<AbortSignal>();
  const knownDead = new Set<string>();
  let carefulFor = 0;
  let beating: Promise<void> | undefined;
  let beatTimer: NodeJS.Timeout | undefined;

  async function look(signal: AbortSignal): Promise<void> {
    const dead = await answered(() => findDeadRuns(database, runId, signal), signal);
    beatTimer ??= setInterval(() => {
      beating ??= sayAlive();
    }, runBeatMs);
    looked.add(signal);
    const news = dead.filter((id) => !knownDead.has(id));
    if (news.length === 0) return;
    for (const id of news) knownDead.add(id);
    carefulFor = limits.carefulRecords;
    log.warn(
      { event: 'careful', group, deadRuns: news.length, records: carefulFor },
      'a process of this group died; records are taken one at a time for a while',
    );
  }

  async function sayAlive(): Promise<void> {
    // Whoever cannot say so looks dead, and the others are careful without need.
    await beat(database, runId).catch(() => undefined);
    beating = undefined;
  }

  async function carefully(
    pump: { readonly process: ProcessBatch; readonly via: Via },
    records: readonly IncomingRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    const ids = records.flatMap((record) => idOf(record) ?? []);
    const done = await answered(() => findDone(database, ids, signal), signal);
    const isDone = (record: IncomingRecord): boolean => {
      const id = idOf(record);
      return id !== undefined && done.has(id);
    };
    const before = records.filter(isDone);
    if (before.length > 0) await pump.process(before, signal);
    const suspects = records.filter((record) => !isDone(record));
    for (const [index, record] of suspects.entries()) {
      if (carefulFor === 0) return pump.process(suspects.slice(index), signal);
      carefulFor -= 1;
      await inTurn(() => one(pump, record, signal));
    }
    if (carefulFor === 0) log.info({ event: 'careful.ended', group }, 'records are taken in batches again');
  }

  async function one(
    { process, via }: { readonly process: ProcessBatch; readonly via: Via },
    record: IncomingRecord,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const crashes = await answered(() => takeInHand(database, { runId, place: record }, signal), signal);
    try {
      if (crashes < limits.maxCrashes) await process([record], signal);
      else await finish(notRun(batch, { source: record, via, error: crashed(crashes) }), signal);
    } finally {
      // Also when the record was taken away. What stays is cleared with the next mark or at the end; while this process
      // lives it counts for nothing.
      await putDown(database, runId, answerDeadlineMs).catch(() => undefined);
    }
  }

  /** An outage is waited out. */
  async function answered<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await ask();
    } catch (thrown) {
      const error = classify(thrown);
      if (signal.aborted || dispositionOf(error.code) !== 'pause') throw error;
      return await batch.pause.until({ error, answers: ask, signal });
    }
  }

  return {
    guard: (process, via) => {
      if (limits.carefulRecords === 0) return process;
      return async (records, signal) => {
        if (!looked.has(signal)) await look(signal);
        await (carefulFor === 0 ? process(records, signal) : carefully({ process, via }, records, signal));
      };
    },
    async stop() {
      clearInterval(beatTimer);
      await beating;
      if (beatTimer === undefined) return;
      await endRun(database, runId, answerDeadlineMs).catch((thrown: unknown) => {
        log.warn({ event: 'run_not_ended', code: classify(thrown).code }, 'the next process will be careful');
      });
    },
  };
}

/** Only to leave out what is done: a header that lies costs nothing but care. */
function idOf({ headers }: IncomingRecord): EventId | undefined {
  const id = headers[headerName.id];
  return id !== undefined && isEventId(id) ? id : undefined;
}

function crashed(times: number): TrunklineError {
  return new TrunklineError('process_crashed', `the process ended ${times} times while it had this record in hand`);
}

/** One at a time, in the order of asking. */
function createTurns(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const mine = last.then(work);
    // Its owner hears of the failure; whoever is next only waits for the end.
    last = mine.catch(() => undefined);
    await mine;
  };
}

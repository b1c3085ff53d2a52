import { randomUUID } from 'node:crypto';

import { classify, isRecordId, type RecordId, TrunklineError } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';
import { beat, endRun, findDeadRuns, findDone, noteInHand, runBeatMs } from '@trunkline/postgres';

import type { BatchContext } from '../batch/batch-context.ts';
import type { ProcessBatch } from '../batch/batch.ts';
import { notRun } from '../batch/run.ts';
import { createFinish } from '../failures/finish.ts';
import type { Via } from '../handler.ts';
import type { ConsumerLog } from '../ports.ts';
import { createInHandNotes } from './in-hand.ts';
import { orPause } from './pause.ts';
import { Suspects } from './suspects.ts';
import { createTurns } from './turns.ts';

/**
 * No content of a record may keep ending the process. Each process writes down what it has in hand, and with each
 * assignment of partitions looks who died and with what. Those records alone are taken with care: a few at a time and
 * nothing beside them, then, when that ended a process too, one at a time. So the record that ends processes is found,
 * and dead-lettered at the third.
 */
export interface CrashWatch {
  /** The processing of one pump, made careful when there is reason to. */
  guard(process: ProcessBatch, via: Via): ProcessBatch;
  /** The orderly end, after the pumps: the next process need not be careful. */
  stop(): Promise<void>;
}

/** For what may be left undone. */
const answerDeadlineMs = 1_000;
const noteDeadlineMs = 5_000;

interface Pump {
  readonly process: ProcessBatch;
  readonly via: Via;
}

export function createCrashWatch(batch: BatchContext, log: ConsumerLog): CrashWatch {
  const { group, database, limits } = batch;
  const runId = randomUUID();
  const finish = createFinish(batch);
  const turns = createTurns();
  const notes = createInHandNotes((inHand) => noteInHand(database, { runId, inHand }, noteDeadlineMs));
  /** Assignments of partitions for which somebody has looked. */
  const looked = new WeakSet<AbortSignal>();
  const toldOf = new Set<string>();
  let suspects = new Suspects([]);
  let beating: Promise<void> | undefined;
  let beatTimer: NodeJS.Timeout | undefined;
  const stopping = new AbortController();

  async function look(signal: AbortSignal): Promise<void> {
    const dead = await answered(() => findDeadRuns(database, runId, signal), signal);
    beatTimer ??= setInterval(() => {
      beating ??= sayAlive();
    }, runBeatMs);
    looked.add(signal);
    suspects = new Suspects(dead);
    const news = dead.filter((run) => !toldOf.has(run.runId));
    for (const run of news) toldOf.add(run.runId);
    if (news.length === 0) return;
    log.warn(
      { event: 'careful', group, deadRuns: news.length },
      'a process of this group died; what it had in hand is taken with care',
    );
  }

  async function sayAlive(): Promise<void> {
    // Whoever cannot say so looks dead, and the others are careful without need.
    await beat(database, runId, stopping.signal).catch(() => undefined);
    beating = undefined;
  }

  /**
   * Those to be careful with: in hand at a death, and their effect is not there. With them all that share a key with one,
   * or care would change the order of the key.
   */
  async function suspected(records: readonly IncomingRecord[], signal: AbortSignal): Promise<Set<IncomingRecord>> {
    const found = records.filter((record) => suspects.has(record));
    if (found.length === 0) return new Set();
    const ids = found.flatMap((record) => idOf(record) ?? []);
    const done = await answered(() => findDone(database, ids, signal), signal);
    const open = found.filter((record) => {
      const id = idOf(record);
      return id === undefined || !done.has(id);
    });
    const keys = new Set(open.map(keyOf));
    return new Set(records.filter((record) => keys.has(keyOf(record))));
  }

  /** Small enough that one more death leaves few, and the one after it leaves one; in their order. */
  function portions(records: Iterable<IncomingRecord>): readonly (readonly IncomingRecord[])[] {
    const portionsOf: IncomingRecord[][] = [];
    let few: IncomingRecord[] = [];
    for (const record of records) {
      const isAlone = suspects.deathsOf(record).amongFew;
      if (few.length === limits.carefulRecords || (isAlone && few.length > 0)) {
        portionsOf.push(few);
        few = [];
      }
      if (isAlone) portionsOf.push([record]);
      else few.push(record);
    }
    return few.length === 0 ? portionsOf : [...portionsOf, few];
  }

  /** Those that are left when what there is to be careful with is done. */
  async function withoutSuspects(
    pump: Pump,
    records: readonly IncomingRecord[],
    signal: AbortSignal,
  ): Promise<readonly IncomingRecord[]> {
    const careful = await suspected(records, signal);
    for (const few of portions(careful)) await turns.alone(() => carefully(pump, few, signal));
    return records.filter((record) => !careful.has(record));
  }

  async function inBatch(
    process: ProcessBatch,
    records: readonly IncomingRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    await answered(() => Promise.resolve(notes.take(records)), signal);
    await process(records, signal);
  }

  /** In its turn, with nothing else in hand. */
  async function carefully(
    { process, via }: Pump,
    records: readonly IncomingRecord[],
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const [only] = records.length === 1 ? records : [];
    const deaths = only === undefined ? undefined : suspects.deathsOf(only);
    if (only !== undefined && deaths?.alone === true && deaths.times >= limits.maxCrashes) {
      return finish([notRun(batch, { source: only, via, error: crashed(deaths.times) })], signal);
    }
    await answered(() => notes.takeOnly(records), signal);
    try {
      await process(records, signal);
    } finally {
      // Also when the records were taken away. What stays is overwritten by the next note or gone with the end.
      await notes.putDown().catch(() => undefined);
    }
  }

  const answered = <T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> => orPause(batch.pause, ask, signal);

  return {
    guard: (process, via) => async (records, signal) => {
      if (!looked.has(signal)) await look(signal);
      const others = suspects.isEmpty ? records : await withoutSuspects({ process, via }, records, signal);
      if (others.length === 0) return;
      await turns.together(() => inBatch(process, others, signal));
    },
    async stop() {
      clearInterval(beatTimer);
      // A server that is frozen would keep us for as long as it may answer.
      stopping.abort();
      await beating;
      if (beatTimer === undefined) return;
      await endRun(database, runId, answerDeadlineMs).catch((thrown: unknown) => {
        log.warn({ event: 'run_not_ended', code: classify(thrown).code }, 'the next process will be careful');
      });
    },
  };
}

function keyOf({ topic, partition, offset, key }: IncomingRecord): string {
  return `${topic} ${key?.toString('latin1') ?? `${partition}:${offset}`}`;
}

/** Only to leave out what is done: a header that lies costs nothing but care. */
function idOf({ headers }: IncomingRecord): RecordId | undefined {
  const id = headers[headerName.id];
  return id !== undefined && isRecordId(id) ? id : undefined;
}

function crashed(times: number): TrunklineError {
  return new TrunklineError('process_crashed', `the process ended ${times} times while it had this record in hand`);
}

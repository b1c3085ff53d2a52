import { classify, dispositionOf, type EventId, TrunklineError } from '@trunkline/core';
import { type IncomingRecord, type ProcessSpan, startProcessSpan } from '@trunkline/kafka';

import type { BatchContext } from './batch-context.ts';
import { type DecodedRecord, decodeRecord } from './decode.ts';
import type { Via } from './handler.ts';
import { newestApplicableAgeMs } from './limits.ts';
import { type Origin, originOf, ownOrigin } from './origin.ts';
import type { Attempt } from './report.ts';
import { routeFailure } from './route.ts';
import { createSettle, type Settled, type Task } from './settle.ts';

export type ProcessBatch = (records: readonly IncomingRecord[], signal: AbortSignal) => Promise<void>;

/** A record that ends here without having been run. */
interface Unreadable {
  readonly source: IncomingRecord;
  readonly error: TrunklineError;
}

type Read = { readonly decoded: readonly DecodedRecord[]; readonly unreadable: readonly Unreadable[] };

/**
 * The flow of a batch: read, leave out what is not for us, apply in as few transactions as possible, publish copies of
 * what failed. It resolves when nothing of the batch can be lost any more, so that its offsets may be committed; it
 * rejects only when the signal takes the records away.
 */
export function createBatchProcessor(batch: BatchContext, via: Via): ProcessBatch {
  const settle = createSettle(batch);

  return async (records, signal) => {
    const { decoded, unreadable } = await readAll(records, signal);
    const wanted = decoded.filter(({ handler }) => handler !== undefined);
    const tasks = distinct(wanted.map(startTask));
    const [tooOld, current] = partition(tasks, isTooOld);

    const settled: Settled[] = tooOld.map((task) => ({ task, error: tooOldError(task), ran: false }));
    const seen = await batch.firstFilter.seen(current.map(({ eventId }) => eventId));
    const [done, open] = partition(current, ({ eventId }) => seen.has(eventId));
    settled.push(...done.map((task) => ({ task, outcome: 'duplicate' as const })));
    settled.push(...(await settle(open, signal)));

    await Promise.all([
      ...unreadable.map((record) => deadLetter(record, signal)),
      ...settled.map((result) => finish(result, signal)),
    ]);
    // What the filter said itself need not be said back to it: a storm of duplicates costs one question a batch.
    const news = settled.flatMap((result) => ('outcome' in result ? [result.task.eventId] : []));
    await batch.firstFilter.remember(news.filter((eventId) => !seen.has(eventId)));
  };

  async function readAll(records: readonly IncomingRecord[], signal: AbortSignal): Promise<Read> {
    const decoded: DecodedRecord[] = [];
    const unreadable: Unreadable[] = [];
    for (const source of records) {
      try {
        decoded.push(await readOne(source, signal));
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        unreadable.push({ source, error: asPoison(classify(thrown)) });
      }
    }
    return { decoded, unreadable };
  }

  /** A registry that is away says nothing about the record: wait for it. */
  async function readOne(record: IncomingRecord, signal: AbortSignal): Promise<DecodedRecord> {
    const decode = (): Promise<DecodedRecord> => decodeRecord(batch.codec, batch.handlers, { record, via });
    try {
      return await decode();
    } catch (thrown) {
      const error = classify(thrown);
      if (dispositionOf(error.code) !== 'pause') throw error;
      return await batch.pause.until({ error, answers: decode, signal });
    }
  }

  function startTask(decoded: DecodedRecord): Task {
    const { source, origin, event } = decoded;
    return {
      source,
      origin,
      eventId: event.eventId,
      decoded: { ...decoded, eventId: event.eventId },
      span: startProcessSpan(source, batch.group),
      startedAtMs: batch.clock(),
    };
  }

  /** The id of a second record says that the first one's fate is its own. */
  function distinct(tasks: readonly Task[]): readonly Task[] {
    const first = new Map<EventId, Task>();
    for (const task of tasks) {
      if (first.has(task.eventId)) batch.report(task, { outcome: 'duplicate' });
      else first.set(task.eventId, task);
    }
    return [...first.values()];
  }

  function isTooOld({ origin }: Task): boolean {
    return batch.clock() - origin.firstAppendMs > newestApplicableAgeMs;
  }

  async function finish(result: Settled, signal: AbortSignal): Promise<void> {
    if ('outcome' in result) return batch.report(result.task, { outcome: result.outcome });
    await publishCopy(result.task, result, signal);
  }

  async function deadLetter({ source, error }: Unreadable, signal: AbortSignal): Promise<void> {
    const span: ProcessSpan = startProcessSpan(source, batch.group);
    const attempt: Attempt = { source, origin: readableOrigin(source), span, startedAtMs: batch.clock() };
    await publishCopy(attempt, { error, ran: false }, signal);
  }

  async function publishCopy(
    attempt: Attempt,
    failure: { readonly error: TrunklineError; readonly ran: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { source, origin, span } = attempt;
    const { group, tiers, limits, clock } = batch;
    const copy = routeFailure({ source, origin, ...failure }, { group, tiers, limits, nowMs: clock() });
    await batch.copies.publish(copy.record, span, signal);
    batch.report(attempt, { outcome: copy.outcome, error: failure.error, nextTopic: copy.record.topic });
  }

  /** Of a copy whose own headers are unreadable only the present place is known. */
  function readableOrigin(source: IncomingRecord): Origin {
    try {
      return originOf(source, via);
    } catch {
      return ownOrigin(source, via);
    }
  }
}

/** Reading has no effect to be repeated: whatever it failed with, the bytes are what they are. */
function asPoison(error: TrunklineError): TrunklineError {
  if (dispositionOf(error.code) === 'poison') return error;
  return new TrunklineError('decode_failed', `the record cannot be read: ${error.message}`, { cause: error });
}

function tooOldError({ origin }: Task): TrunklineError {
  const since = new Date(origin.firstAppendMs).toISOString();
  return new TrunklineError('too_old', `first appended ${since}, longer ago than the inbox can be trusted to remember`);
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter((item) => test(item)), items.filter((item) => !test(item))];
}

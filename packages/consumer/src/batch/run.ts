import { classify, dispositionOf, type RecordId, TrunklineError } from '@trunkline/core';
import { type IncomingRecord, startProcessSpan } from '@trunkline/kafka';

import type { Via } from '../handler.ts';
import { newestApplicableAgeMs } from '../limits.ts';
import { isParked, orderedKeyOf } from '../strict/ordering.ts';
import type { BatchContext } from './batch-context.ts';
import { type DecodedRecord, decodeRecord, decodeRecordNow } from './decode.ts';
import { type Origin, originOf, ownOrigin } from './origin.ts';
import type { Attempt } from './report.ts';
import type { Failed, Result } from './result.ts';
import { createSettle, type Task } from './settle.ts';

/**
 * Reads records, leaves out what is not for us, and applies the rest in as few transactions as possible. Failures are
 * returned and nothing is published, so a failed record may be run again. Rejects only when the signal takes the
 * records away.
 */
export type Run = (records: readonly IncomingRecord[], signal: AbortSignal) => Promise<Ran>;

export interface Ran {
  readonly results: readonly Result[];
  /** To be run after the results were judged. */
  readonly left: readonly IncomingRecord[];
}

interface Read {
  readonly decoded: readonly DecodedRecord[];
  readonly unreadable: readonly Failed[];
}

export function createRun(batch: BatchContext, via: Via): Run {
  const settle = createSettle(batch);

  return async (records, signal) => {
    const { decoded, unreadable } = await readAll(records, signal);
    // Also what waited for a handler that is gone: somebody has to look at it.
    const [known, unknown] = partition(
      decoded,
      ({ isKnownType, handler, source }) => isKnownType && (handler !== undefined || !isParked(source)),
    );
    const [wanted, unwanted] = partition(known, ({ handler }) => handler !== undefined);
    for (const event of unwanted) batch.ignore(event);
    const [tooOld, young] = partition(wanted.map(startTask), isTooOld);
    // Of those only: one that may not be applied any more says nothing about a second one that may.
    const current = distinct(young);

    // What is parked is known to be open, and has to leave its place.
    const seen = await batch.firstFilter.seen(current.flatMap(({ id, source }) => (isParked(source) ? [] : [id])));
    const [done, open] = partition(current, ({ id }) => seen.has(id));
    const { settled, left } = await settle(open, signal);
    // What the filter said itself need not be said back to it: a storm of duplicates costs one question a batch.
    await batch.firstFilter.remember(
      settled.flatMap((result) => ('outcome' in result && result.outcome !== 'parked' ? [result.task.id] : [])),
    );
    for (const { span } of left) span.end();
    const results = [
      ...unreadable,
      ...unknown.map((event): Failed => ({ attempt: startTask(event), error: unknownTypeError(event), ran: true })),
      ...tooOld.map((task): Failed => ({ attempt: task, error: tooOldError(task), ran: false })),
      ...done.map((task): Result => ({ attempt: task, outcome: 'duplicate' })),
      ...settled.map(({ task, ...rest }): Result => ({ attempt: task, ...rest })),
    ];
    return { results, left: left.map(({ source }) => source) };
  };

  async function readAll(records: readonly IncomingRecord[], signal: AbortSignal): Promise<Read> {
    const decoded: DecodedRecord[] = [];
    const unreadable: Failed[] = [];
    for (const source of records) {
      try {
        // Without a turn of the event loop for each record: the schemas of nearly all are there.
        const now = decodeRecordNow(batch.codec, batch.handlers, { record: source, via });
        decoded.push(now ?? (await readOne(source, signal)));
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        unreadable.push(notRun(batch, { source, via, error: asPoison(classify(thrown)) }));
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
    const { source, origin, id } = decoded;
    return {
      source,
      origin,
      id,
      keyId: isParked(source) ? source.parked.keyId : orderedKeyOf(decoded),
      decoded,
      span: startProcessSpan(source, batch.group),
      startedAtMs: batch.clock(),
    };
  }

  /** The id of a second record says that the first one's fate is its own. */
  function distinct(tasks: readonly Task[]): readonly Task[] {
    const first = new Map<RecordId, Task>();
    for (const task of tasks) {
      if (first.has(task.id)) batch.report(task, { outcome: 'duplicate' });
      else first.set(task.id, task);
    }
    return [...first.values()];
  }

  function isTooOld({ origin }: Task): boolean {
    return batch.clock() - origin.firstAppendMs > newestApplicableAgeMs;
  }
}

/** The result of a record that ends here without having been run. */
export function notRun(
  batch: Pick<BatchContext, 'group' | 'clock'>,
  record: { readonly source: IncomingRecord; readonly via: Via; readonly error: TrunklineError },
): Failed {
  const { source, via, error } = record;
  const attempt: Attempt = {
    source,
    origin: readableOrigin(source, via),
    span: startProcessSpan(source, batch.group),
    startedAtMs: batch.clock(),
  };
  return { attempt, error, ran: false };
}

/** Of a copy whose own headers are unreadable only the present place is known. */
function readableOrigin(source: IncomingRecord, via: Via): Origin {
  try {
    return originOf(source, via);
  } catch {
    return ownOrigin(source, via);
  }
}

/** Reading has no effect to be repeated: whatever it failed with, the bytes are what they are. */
function asPoison(error: TrunklineError): TrunklineError {
  if (dispositionOf(error.code) === 'poison') return error;
  return new TrunklineError('decode_failed', `the record cannot be read: ${error.message}`, { cause: error });
}

/** It may be wanted: the release that knows it may have a handler for it. */
function unknownTypeError({ consumed, origin }: DecodedRecord): TrunklineError {
  return new TrunklineError(
    'type_unknown',
    `this release does not know ${JSON.stringify(consumed.type)} on ${origin.topic}: a newer one published it`,
  );
}

function tooOldError({ origin }: Task): TrunklineError {
  const since = new Date(origin.firstAppendMs).toISOString();
  return new TrunklineError('too_old', `first appended ${since}, longer ago than the inbox can be trusted to remember`);
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter((item) => test(item)), items.filter((item) => !test(item))];
}

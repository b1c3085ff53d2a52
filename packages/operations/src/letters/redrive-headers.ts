import { headerName } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

import { originalPlaceOf } from './letter.ts';

/** One run of `dlq redrive`: all its records carry the same id, so that they can be counted and found. */
export interface RedriveRun {
  readonly redriveId: string;
  readonly nowMs: number;
  /** Who sends them back. */
  readonly actor: string;
  /** Ids of letters that are too old and are sent all the same, because somebody said so. */
  readonly forcedIds: ReadonlySet<string>;
}

/**
 * The headers of a dead letter on its way back: everything about its origin and its last failure stays (`ce_*`,
 * `x-original-*`, `x-exception-*`, `x-attempts-total`), the attempt and the age begin anew, and the redrives are counted.
 */
export function redriveHeaders(
  record: Pick<IncomingRecord, 'headers' | 'topic' | 'partition' | 'offset'>,
  run: Pick<RedriveRun, 'redriveId' | 'nowMs' | 'actor'>,
  options: { readonly forced: boolean } = { forced: false },
): Record<string, string> {
  const { headers } = record;
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !begunAnew.has(name)));
  const original = originalPlaceOf(record);
  return {
    ...kept,
    // What was put on the dead-letter topic by hand has no origin; without one it would come back as another letter.
    [headerName.originalTopic]: original.topic,
    [headerName.originalPartition]: String(original.partition),
    [headerName.originalOffset]: String(original.offset),
    // The one original that is ever rewritten: consumers refuse a record by this time, and a person has decided
    // that an effect which the inbox may no longer remember is to be applied.
    ...(options.forced
      ? { [headerName.originalTimestamp]: String(run.nowMs), [headerName.redriveForced]: 'true' }
      : {}),
    [headerName.redriveAt]: String(run.nowMs),
    [headerName.redriveId]: run.redriveId,
    [headerName.redriveBy]: run.actor,
    [headerName.redriveCount]: String(countOf(headers[headerName.redriveCount]) + 1),
  };
}

const begunAnew: ReadonlySet<string> = new Set([
  headerName.retryAttempt,
  headerName.retryDueAt,
  headerName.firstFailureAt,
  headerName.redriveForced,
]);

/** A count in a header; 0 when it is absent or not a number (the record may have been put there by hand). */
export function countOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** A time in a header, epoch milliseconds as text. */
export function timeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

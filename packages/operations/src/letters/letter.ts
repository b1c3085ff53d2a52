import { isRecordId, type RecordId } from '@trunkline/core';
import { headerName, letterId, type LetterId, type OriginalPlace, readableRecordId } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

/** What is kept of a dead letter's record while many are looked at: everything but its value and its stack. */
export interface LetterRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** All copies of one record on a group's dead-letter topic. */
export interface LetterCopies {
  readonly id: LetterId;
  /** Of a request its id. Undefined where header and bytes do not agree on one. */
  readonly eventId: RecordId | undefined;
  /** The one that was appended last. */
  readonly latest: LetterRecord;
  /** `partition:offset` of each, oldest first. */
  readonly places: readonly string[];
}

/**
 * `open`: nobody has dealt with it. `applied`, `stale`: done since (a redrive, or the same event received again).
 * `discarded`: put aside. `unknown`: the inbox or the decisions cannot be read.
 */
export type DeadLetterState = 'open' | 'applied' | 'stale' | 'discarded' | 'unknown';

export interface DeadLetter extends LetterCopies {
  readonly state: DeadLetterState;
  /** Of the latest decision about it, where there was one. */
  readonly decision: { readonly reason: string; readonly actor: string; readonly decidedAtMs: number } | undefined;
  readonly firstFailureAtMs: number | undefined;
  /** First append of the event's record, which decides whether it is too old to be applied. */
  readonly firstAppendMs: number | undefined;
  readonly redriveCount: number;
}

/** A record without what is large: the value may have megabytes, and the stack is read again where it is shown. */
export function letterRecordOf({ topic, partition, offset, timestampMs, key, headers }: IncomingRecord): LetterRecord {
  const { [headerName.exceptionStacktrace]: _stack, ...kept } = headers;
  // Of a key a copy, or it would hold on to the whole batch that it came in.
  return { topic, partition, offset, timestampMs, key: key === null ? null : Buffer.from(key), headers: kept };
}

/** The letter that a record of a group's dead-letter topic is a copy of. */
export function letterIdOf(group: string, record: IncomingRecord): LetterId {
  const recordId = readableRecordId(record.headers, record.value);
  return letterId(recordId === undefined ? { group, place: originalPlaceOf(record) } : { group, recordId });
}

/** Where the record was first appended; put on the dead-letter topic by hand, it was there. */
export function originalPlaceOf({
  headers,
  topic,
  partition,
  offset,
}: Pick<IncomingRecord, 'headers' | 'topic' | 'partition' | 'offset'>): OriginalPlace {
  const named = headers[headerName.originalTopic];
  const [namedPartition = '', namedOffset = ''] = [
    headers[headerName.originalPartition],
    headers[headerName.originalOffset],
  ];
  if (named === undefined || !/^\d{1,6}$/.test(namedPartition) || !/^\d{1,18}$/.test(namedOffset))
    return { topic, partition, offset };
  return { topic: named, partition: Number(namedPartition), offset: BigInt(namedOffset) };
}

/** The id its header claims, readable or not: what people may know it by. */
export function claimedEventId({ latest }: LetterCopies): RecordId | undefined {
  const id = latest.headers[headerName.id];
  return id !== undefined && isRecordId(id) ? id : undefined;
}

/** Somebody has to deal with it, as far as is known. */
export function isOpen({ state }: Pick<DeadLetter, 'state'>): boolean {
  return state === 'open' || state === 'unknown';
}

/** The tenant that `ce_source` names (`/tenants/<tenant>/sources/<source>`, of a request `/groups/<group>`). */
export function tenantOf(headers: Readonly<Record<string, string>>): string | undefined {
  return /^\/tenants\/([^/]+)\//.exec(headers[headerName.source] ?? '')?.[1];
}

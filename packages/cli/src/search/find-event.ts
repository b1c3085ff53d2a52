import { classify, type EventId, isDeliveryId, TrunklineError } from '@trunkline/core';
import {
  catalogue,
  type DomainTopic,
  type EventCodec,
  headerName,
  isDomainTopic,
  type RecordOf,
  topics,
} from '@trunkline/events';
import { type IncomingRecord, readRecordAt } from '@trunkline/kafka';

import { withDatabase } from '../database-access.ts';
import { type LetterRecord, letterRecordOf } from '../dead-letters/letter.ts';
import { countOf, timeOf } from '../dead-letters/redrive-headers.ts';
import { failureTopics, groups } from '../groups.ts';
import { traceIdOfParent } from '../trace/port.ts';
import { type EventHistory, type FailureCopy, type FoundRecord, type GroupState, placeOf } from './event-history.ts';
import { findDelivery } from './find-delivery.ts';
import { type InboxRow, readInboxRows } from './inbox-row.ts';
import { type ScanOptions, type ScanResult, scanTopic } from './scan.ts';
import type { SearchTools } from './search-tools.ts';

/** Copies of one event that are shown; a redrive loop could make more. */
const mostCopies = 100;
/** Clocks of two machines, and the time a publish may take. */
const clockSlackMs = 60_000;
/** Receptions of one event that are counted, and records that are looked at for it: some seconds. */
const mostReceptions = 10_000;
const mostScannedForReceptions = 200_000;

/**
 * Everything about an event: first what the inboxes say (they name the place of its record), else by reading the
 * domain topics from `sinceMs` ago. A part that cannot be looked at becomes a gap, not a failure.
 */
export async function findEvent(eventId: EventId, tools: SearchTools): Promise<EventHistory> {
  const found = await inboxStates(eventId, tools);
  const copies = await findCopies(eventId, found.find(({ row }) => row !== undefined)?.row?.originalTopic, tools);
  const incoming =
    (await atNamedPlace(eventId, { states: found, copies }, tools)) ?? (await inDomainTopics(eventId, tools));
  const states = concerned(found, incoming?.topic, tools.onGap);
  const record = incoming === undefined ? undefined : await decodeEvent(incoming, tools.codec);
  const deliveryId =
    record?.value?.metadata.deliveryId ?? states.find((state) => state.row?.deliveryId !== undefined)?.row?.deliveryId;
  const delivery =
    deliveryId !== undefined && isDeliveryId(deliveryId) ? await findDelivery(deliveryId, tools) : undefined;
  return {
    eventId,
    record,
    delivery,
    receptions: incoming === undefined ? undefined : await countReceptions(eventId, incoming, tools),
    groups: states,
    copies: copies.map((copy) => copy.copy),
    traceIds: traceIdsOf({ record, delivery, states, copies }),
  };
}

interface CopyRecord {
  readonly copy: FailureCopy;
  readonly record: LetterRecord;
}

interface InboxState extends GroupState {
  readonly topics: readonly DomainTopic[];
  /** Why the inbox could not be read. */
  readonly gap?: string;
}

async function inboxStates(eventId: EventId, tools: SearchTools): Promise<readonly InboxState[]> {
  const { context } = tools;
  if (context.settings.find('databaseUrl') === undefined) {
    tools.onGap('the inbox was not read: no database is known (--database-url or TRUNKLINE_DATABASE_URL)');
    return [];
  }
  const states: InboxState[] = [];
  for (const { name, schema, topics: taken } of groups) {
    try {
      const rows = await withDatabase(context, schema, (database) =>
        readInboxRows(database, [eventId], context.signal),
      );
      states.push({ group: name, topics: taken, row: rows.get(eventId) });
    } catch (thrown) {
      context.signal.throwIfAborted();
      const gap = `the inbox of ${name} could not be read: ${classify(thrown).message}`;
      states.push({ group: name, topics: taken, row: undefined, gap });
    }
  }
  return states;
}

/** The groups that take the event, or may, because its topic is not known; what could not be read of them is told. */
function concerned(
  states: readonly InboxState[],
  topic: string | undefined,
  onGap: SearchTools['onGap'],
): readonly GroupState[] {
  const own = states.filter(
    ({ topics: taken, row }) => topic === undefined || row !== undefined || taken.some((name) => name === topic),
  );
  for (const { gap } of own) if (gap !== undefined) onGap(gap);
  return own.flatMap(({ group, row, gap }) => (gap === undefined ? [{ group, row }] : []));
}

/** An inbox row or a copy names the record's place, so nothing has to be searched. */
async function atNamedPlace(
  eventId: EventId,
  known: { readonly states: readonly GroupState[]; readonly copies: readonly CopyRecord[] },
  tools: SearchTools,
): Promise<IncomingRecord | undefined> {
  const row = known.states.find((state) => state.row !== undefined)?.row;
  const place =
    row === undefined
      ? known.copies.map((copy) => originalPlace(copy.record.headers)).find((found) => found !== undefined)
      : placeOfRow(row);
  if (place === undefined) return undefined;
  const record = await readRecordAt(tools.connection, place.topic, place.partition, place.offset);
  // Offsets begin again when a topic is made anew, so the id decides.
  return record?.headers[headerName.id] === eventId ? record : undefined;
}

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

function placeOfRow(row: InboxRow): Place {
  return { topic: row.originalTopic, partition: row.originalPartition, offset: row.originalOffset };
}

function originalPlace(headers: Readonly<Record<string, string>>): Place | undefined {
  const topic = headers[headerName.originalTopic];
  const partition = headers[headerName.originalPartition];
  const offset = headers[headerName.originalOffset];
  if (
    topic === undefined ||
    !isDomainTopic(topic) ||
    !/^\d{1,6}$/.test(partition ?? '') ||
    !/^\d{1,18}$/.test(offset ?? '')
  )
    return undefined;
  return { topic, partition: Number(partition), offset: BigInt(offset ?? '0') };
}

async function inDomainTopics(eventId: EventId, tools: SearchTools): Promise<IncomingRecord | undefined> {
  for (const topic of topics.filter(isDomainTopic)) {
    const where = { topic, mostMatches: 1, pick: (record: IncomingRecord) => record };
    const { matches, complete } = await scanFor(eventId, where, tools);
    if (matches[0] !== undefined) return matches[0];
    if (!complete) tools.onGap(tooMuch(topic));
  }
  return undefined;
}

/** On the topics of all groups, or where the event's own topic is known, of those that take it. */
async function findCopies(
  eventId: EventId,
  topic: string | undefined,
  tools: SearchTools,
): Promise<readonly CopyRecord[]> {
  const copies: CopyRecord[] = [];
  for (const { name, topics: taken } of groups) {
    if (topic !== undefined && !taken.some((own) => own === topic)) continue;
    for (const failureTopic of failureTopics(name)) {
      const where = { topic: failureTopic, mostMatches: mostCopies, pick: letterRecordOf };
      const { matches, complete } = await scanFor(eventId, where, tools);
      if (!complete) tools.onGap(tooMuch(failureTopic));
      copies.push(...matches.map((record) => ({ record, copy: copyOf(name, record) })));
    }
  }
  return copies.toSorted((left, right) => left.record.timestampMs - right.record.timestampMs);
}

/** A repeat has the same key, so it stands on the same partition. */
async function countReceptions(
  eventId: EventId,
  record: IncomingRecord,
  tools: SearchTools,
): Promise<EventHistory['receptions']> {
  const { matches, complete } = await scanFor(
    eventId,
    {
      topic: record.topic,
      partition: record.partition,
      fromTimestampMs: record.timestampMs - clockSlackMs,
      mostMatches: mostReceptions,
      mostScanned: mostScannedForReceptions,
      pick: () => true,
    },
    tools,
  );
  return matches.length === 0
    ? undefined
    : { count: matches.length, isComplete: complete && matches.length < mostReceptions };
}

async function scanFor<T>(
  eventId: EventId,
  where: Pick<ScanOptions<T>, 'topic' | 'partition' | 'mostMatches' | 'mostScanned' | 'pick'> & {
    readonly fromTimestampMs?: number;
  },
  tools: SearchTools,
): Promise<Pick<ScanResult<T>, 'matches' | 'complete'>> {
  const { context } = tools;
  const progress = context.output.progress(`reading ${where.topic}`);
  try {
    return await scanTopic(tools.connection, {
      fromTimestampMs: context.clock() - tools.sinceMs - clockSlackMs,
      ...where,
      pick: (record) => (record.headers[headerName.id] === eventId ? where.pick(record) : undefined),
      progress,
      signal: context.signal,
    });
  } catch (thrown) {
    context.signal.throwIfAborted();
    const error = classify(thrown);
    if (error.code === 'dependency_unavailable') throw error;
    tools.onGap(`${where.topic} could not be read: ${error.message}`);
    return { matches: [], complete: true };
  } finally {
    progress.end();
  }
}

function tooMuch(topic: string): string {
  return `${topic} holds more than can be read in one search: narrow it with --since`;
}

function copyOf(group: string, record: LetterRecord): FailureCopy {
  const { headers } = record;
  return {
    group,
    place: placeOf(record),
    attempt: countOf(headers[headerName.retryAttempt]),
    failureKind: headers[headerName.failureKind],
    code: headers[headerName.exceptionCode],
    message: headers[headerName.exceptionMessage],
    traceId: traceIdOfParent(headers[headerName.traceparent]),
    redriveCount: countOf(headers[headerName.redriveCount]),
    dueAtMs: timeOf(headers[headerName.retryDueAt]),
  };
}

/** Decodes a record of a domain topic; one that cannot be decoded is shown as such. */
async function decodeEvent(record: IncomingRecord, codec: EventCodec): Promise<FoundRecord<RecordOf<DomainTopic>>> {
  const { topic } = record;
  const found = { place: placeOf(record), headers: record.headers };
  if (!isDomainTopic(topic))
    return { ...found, value: undefined, undecodable: `${topic} is not one of ${Object.keys(catalogue).join(', ')}` };
  try {
    return { ...found, value: await codec.decode(topic, record.value), undecodable: undefined };
  } catch (thrown) {
    const error = thrown instanceof TrunklineError ? thrown : classify(thrown);
    return { ...found, value: undefined, undecodable: error.message };
  }
}

function traceIdsOf(found: {
  readonly record: FoundRecord<unknown> | undefined;
  readonly delivery: EventHistory['delivery'];
  readonly states: readonly GroupState[];
  readonly copies: readonly CopyRecord[];
}): readonly string[] {
  const { record, delivery, states, copies } = found;
  const ids = [
    delivery?.value?.traceId ?? undefined,
    traceIdOfParent(record?.headers[headerName.originTraceparent]),
    traceIdOfParent(record?.headers[headerName.traceparent]),
    ...copies.map((copy) => traceIdOfParent(copy.record.headers[headerName.traceparent])),
    ...states.map((state) => state.row?.traceId),
  ];
  return [...new Set(ids.filter((id) => id !== undefined))];
}

import { classify, isDeliveryId, isRequestId, type RecordId, TrunklineError } from '@trunkline/core';
import {
  catalogue,
  type ConsumedTopic,
  type EventCodec,
  headerName,
  isConsumedTopic,
  isDomainTopic,
  isRequestTopic,
  type RecordOf,
  topics,
} from '@trunkline/events';
import { type IncomingRecord, readRecordAt } from '@trunkline/kafka';
import {
  countOf,
  failureTopics,
  groups,
  type LetterRecord,
  letterRecordOf,
  timeOf,
  traceIdOfParent,
} from '@trunkline/operations';
import { type InboxRow, readInboxRows } from '@trunkline/postgres';

import { withDatabase } from '../database-access.ts';
import { requireRetryTiers } from '../retry-tiers.ts';
import { readEffectRows } from './effect-rows.ts';
import { type EventHistory, type FailureCopy, type FoundRecord, type GroupState, placeOf } from './event-history.ts';
import { findDelivery } from './find-delivery.ts';
import type { IndexedEvent } from './journal-index.ts';
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
 * Everything about an event or a request: first what the inboxes and the journal say (they name the places of its
 * records), else by reading the topics of its kind from `sinceMs` ago. A part that cannot be looked at becomes a gap, not a failure.
 */
export async function findEvent(eventId: RecordId, given: SearchTools): Promise<EventHistory> {
  const tools: EventTools = { ...given, indexed: await given.index?.find(eventId) };
  const found = await inboxStates(eventId, tools);
  const copies = await findCopies(eventId, found.find(({ row }) => row !== undefined)?.row?.originalTopic, tools);
  const incoming = (await atNamedPlace(eventId, { states: found, copies }, tools)) ?? (await inTopics(eventId, tools));
  const states = concerned(found, incoming?.topic, tools.onGap);
  const record = incoming === undefined ? undefined : await decodeEvent(incoming, tools.codec);
  const deliveryId =
    deliveryIdOf(record?.value) ?? states.find((state) => state.row?.deliveryId !== undefined)?.row?.deliveryId;
  const delivery =
    deliveryId !== undefined && isDeliveryId(deliveryId) ? await findDelivery(deliveryId, tools) : undefined;
  return {
    eventId,
    record,
    delivery,
    receptions: incoming === undefined ? undefined : await countReceptions(eventId, incoming, tools),
    groups: await withEffects(eventId, { states, record }, tools),
    copies: copies.map((copy) => copy.copy),
    traceIds: traceIdsOf({ record, delivery, states, copies }),
  };
}

/** Of the groups that have done the event, where its effect is. */
async function withEffects(
  eventId: RecordId,
  { states, record }: { readonly states: readonly GroupState[]; readonly record: EventHistory['record'] },
  { context, onGap }: SearchTools,
): Promise<readonly GroupState[]> {
  const metadata = record?.value?.metadata;
  if (metadata === undefined || !('entityId' in metadata)) return states;
  const found: GroupState[] = [];
  for (const state of states) {
    const schema = groups.find(({ name }) => name === state.group)?.schema;
    if (state.row === undefined || schema === undefined) {
      found.push(state);
      continue;
    }
    try {
      const effect = await withDatabase(context, schema, (database) =>
        readEffectRows(database, { eventId, metadata }, context.signal),
      );
      found.push({ ...state, effect });
    } catch (thrown) {
      context.signal.throwIfAborted();
      onGap(`the effect in ${state.group} could not be read: ${classify(thrown).message}`);
      found.push(state);
    }
  }
  return found;
}

interface EventTools extends SearchTools {
  readonly indexed: IndexedEvent | undefined;
}

interface CopyRecord {
  readonly copy: FailureCopy;
  readonly record: LetterRecord;
}

interface InboxState extends GroupState {
  readonly topics: readonly ConsumedTopic[];
  /** Why the inbox could not be read. */
  readonly gap?: string;
}

async function inboxStates(eventId: RecordId, tools: SearchTools): Promise<readonly InboxState[]> {
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
      states.push({ group: name, topics: taken, row: rows.get(eventId), effect: undefined });
    } catch (thrown) {
      context.signal.throwIfAborted();
      const gap = `the inbox of ${name} could not be read: ${classify(thrown).message}`;
      states.push({ group: name, topics: taken, row: undefined, effect: undefined, gap });
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
  return own.flatMap(({ group, row, effect, gap }) => (gap === undefined ? [{ group, row, effect }] : []));
}

/** An inbox row or a copy names the record's place, so nothing has to be searched. */
async function atNamedPlace(
  eventId: RecordId,
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
    !isConsumedTopic(topic) ||
    !/^\d{1,6}$/.test(partition ?? '') ||
    !/^\d{1,18}$/.test(offset ?? '')
  )
    return undefined;
  return { topic, partition: Number(partition), offset: BigInt(offset ?? '0') };
}

async function inTopics(eventId: RecordId, tools: EventTools): Promise<IncomingRecord | undefined> {
  const place = tools.indexed?.places.find(({ topic }) => isConsumedTopic(topic));
  const known = place && (await readRecordAt(tools.connection, place.topic, place.partition, place.offset));
  if (known?.headers[headerName.id] === eventId) return known;
  const isOfItsKind = isRequestId(eventId) ? isRequestTopic : isDomainTopic;
  for (const topic of topics.filter((each) => isOfItsKind(each))) {
    const where = { topic, mostMatches: 1, pick: (record: IncomingRecord) => record };
    const { matches, complete } = await scanFor(eventId, where, tools);
    if (matches[0] !== undefined) return matches[0];
    if (!complete) tools.onGap(tooMuch(topic));
  }
  return undefined;
}

/** On the topics of all groups, or where the event's own topic is known, of those that take it. */
async function findCopies(
  eventId: RecordId,
  topic: string | undefined,
  tools: EventTools,
): Promise<readonly CopyRecord[]> {
  const copies: CopyRecord[] = [];
  for (const { name, topics: taken } of groups) {
    if (topic !== undefined && !taken.some((own) => own === topic)) continue;
    for (const failureTopic of failureTopics(name, requireRetryTiers(tools.context.settings))) {
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
  eventId: RecordId,
  record: IncomingRecord,
  tools: EventTools,
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

interface Wanted<T> extends Pick<ScanOptions<T>, 'topic' | 'partition' | 'mostMatches' | 'mostScanned' | 'pick'> {
  readonly fromTimestampMs?: number;
}

/** Where the journal has seen the whole topic, its places are all there are; else the topic is read. */
async function scanFor<T>(
  eventId: RecordId,
  where: Wanted<T>,
  tools: EventTools,
): Promise<Pick<ScanResult<T>, 'matches' | 'complete'>> {
  const { context, indexed } = tools;
  if (indexed !== undefined && (await isIndexed(where.topic, indexed, tools)))
    return await atIndexedPlaces(eventId, where, { ...tools, indexed });
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

/** A topic that cannot be asked about is read, and fails there. */
async function isIndexed(topic: string, indexed: IndexedEvent, { context }: SearchTools): Promise<boolean> {
  try {
    return await indexed.isComplete(topic);
  } catch {
    context.signal.throwIfAborted();
    return false;
  }
}

async function atIndexedPlaces<T>(
  eventId: RecordId,
  where: Wanted<T>,
  { indexed, connection }: SearchTools & { readonly indexed: IndexedEvent },
): Promise<Pick<ScanResult<T>, 'matches' | 'complete'>> {
  const places = indexed.places.filter(
    ({ topic, partition }) => topic === where.topic && (where.partition ?? partition) === partition,
  );
  const matches: T[] = [];
  for (const place of places.slice(0, where.mostMatches)) {
    const record = await readRecordAt(connection, place.topic, place.partition, place.offset);
    const picked = record?.headers[headerName.id] === eventId ? where.pick(record) : undefined;
    if (picked !== undefined) matches.push(picked);
  }
  return { matches, complete: places.length <= where.mostMatches };
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

/** Decodes a record of an event or a request; one that cannot be decoded is shown as such. */
async function decodeEvent(record: IncomingRecord, codec: EventCodec): Promise<FoundRecord<RecordOf<ConsumedTopic>>> {
  const { topic } = record;
  const found = { place: placeOf(record), headers: record.headers };
  if (!isConsumedTopic(topic))
    return { ...found, value: undefined, undecodable: `${topic} is not one of ${Object.keys(catalogue).join(', ')}` };
  try {
    return { ...found, value: await codec.decode(topic, record.value), undecodable: undefined };
  } catch (thrown) {
    const error = thrown instanceof TrunklineError ? thrown : classify(thrown);
    return { ...found, value: undefined, undecodable: error.message };
  }
}

/** A request has none of its own. */
function deliveryIdOf(record: RecordOf<ConsumedTopic> | undefined): string | undefined {
  return record !== undefined && 'deliveryId' in record.metadata ? record.metadata.deliveryId : undefined;
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

import type { BatchHandler, ConsumedEvent, HandlerOffers } from '@trunkline/consumer';
import { eventIdOfUuid, uuidOf } from '@trunkline/core';
import {
  announceMessages,
  channels,
  createFilterJudge,
  type EndpointId,
  endpointIdOfUuid,
  type EndpointOrdering,
  type EndpointState,
  type FilterJudge,
  isOwnType,
  matchesType,
  type MessageNews,
  orderKeyOf,
  shardOf,
  type Verdict,
} from '@trunkline/delivery';
import { type DomainTopic, type EventTypeOf, type Metadata, topicEntry } from '@trunkline/events';
import type { Judgement } from '@trunkline/expressions';
import { formats, renderMessage, type WebhookMessage, withoutData } from '@trunkline/payload';
import { arrayLiteral, byteaArray, numberArrayLiteral, type Transaction } from '@trunkline/postgres';

import type { LoadedTask } from '../dispatch/lane.ts';
import { deliveryLimits } from '../limits.ts';

/** A task that has just been made. */
export interface NewTask {
  readonly endpointId: EndpointId;
  readonly shard: number;
  readonly task: LoadedTask;
}

/** Who sends in this process. What it is not given it finds in Postgres when it is told to look. */
export interface Sender {
  /** Whether it sends for the endpoints of the shard: nobody else has to be told of their tasks. */
  sendsFor(shard: number): boolean;
  /** These are committed. */
  take(tasks: readonly NewTask[]): void;
}

/**
 * Makes a message of each event of a tenant that has endpoints, and a task for each endpoint that wants it: once, because
 * the inbox gives an event to nobody twice. What an endpoint is not told is written down, too.
 */
export function fanOutHandler<T extends DomainTopic>(
  topic: T,
  { metrics, sender }: Pick<HandlerOffers, 'metrics'> & { readonly sender: Sender },
): BatchHandler<T> {
  const judge = createFilterJudge();
  return {
    name: `fan-out ${topic}`,
    topic,
    // The keys of the topic's own list.
    types: Object.keys(topicEntry(topic).types) as EventTypeOf<T>[],
    async handleBatch(events, tx) {
      const tenants = [...new Set(events.map(({ record }) => record.metadata.tenantId))];
      const endpoints = await endpointsOf(tx, tenants);
      const messages = events.flatMap((event) => {
        const own = endpoints.get(event.record.metadata.tenantId);
        return own === undefined ? [] : [messageOf(topic, event, { endpoints: own, judge })].filter(isAskedFor);
      });
      if (messages.length === 0) return { stale: [] };
      const made = await insertMessages(tx, messages, sender);
      await insertSkipped(tx, messages);
      await keepFilterFailures(tx, messages);
      for (const { verdicts } of messages)
        for (const { verdict } of verdicts) metrics.count('delivery_verdicts_total', { verdict });
      return { stale: [], onCommitted: () => sender.take(made) };
    },
  };
}

interface Wanting {
  readonly endpointUuid: string;
  readonly types: readonly string[];
  readonly filter: string;
  readonly ordering: EndpointOrdering;
  readonly state: EndpointState;
  /** Longer than a message is worth sending: what waits for it has an end. */
  readonly isPausedTooLong: boolean;
  readonly createdAtMs: number;
}

/** Read in the transaction of the events, so that an endpoint counts from the moment at which it is committed. */
async function endpointsOf(
  tx: Transaction,
  tenants: readonly string[],
): Promise<ReadonlyMap<string, readonly Wanting[]>> {
  const rows = await tx.query<{
    readonly endpoint_id: string;
    readonly tenant_id: string;
    readonly types: readonly string[];
    readonly filter: string;
    readonly ordering: EndpointOrdering;
    readonly state: EndpointState;
    readonly is_paused_too_long: boolean;
    readonly created_at: Date;
  }>(
    `SELECT endpoint_id, tenant_id, types, filter, ordering, state, created_at,
       state = 'paused' AND state_since < now() - make_interval(secs => $2) AS is_paused_too_long FROM ${tx.schema}.endpoint
     WHERE tenant_id = ANY ($1::text[]) AND state <> 'deleted' ORDER BY endpoint_id`,
    [tenants, deliveryLimits.maxAgeMs / 1_000],
  );
  return new Map(
    [...Map.groupBy(rows, (row) => row.tenant_id)].map(([tenant, own]) => [
      tenant,
      own.map((row) => ({
        endpointUuid: row.endpoint_id,
        types: row.types,
        filter: row.filter,
        ordering: row.ordering,
        state: row.state,
        isPausedTooLong: row.is_paused_too_long,
        createdAtMs: row.created_at.getTime(),
      })),
    ]),
  );
}

interface FannedOut {
  readonly eventUuid: string;
  readonly tenantId: string;
  readonly type: string;
  readonly occurredAtMs: number;
  readonly traceparent: string | null;
  readonly body: Buffer;
  readonly verdicts: readonly {
    readonly endpointUuid: string;
    readonly verdict: Verdict;
    /** Why its filter could not judge it. */
    readonly reason: string | null;
    /** The chain of its task at that endpoint; null: in none. */
    readonly orderKey: string | null;
  }[];
}

function messageOf<T extends DomainTopic>(
  topic: T,
  { record, eventId, key, firstAppendMs, trace }: ConsumedEvent<T>,
  { endpoints, judge }: { readonly endpoints: readonly Wanting[]; readonly judge: FilterJudge },
): FannedOut {
  const { metadata } = record;
  const message = renderMessage(topic, record);
  const { body } = formats.standard(message);
  const about = aboutEndpoint(metadata);
  const judgeBy = judge.judgeByAll(message.type, message);
  return {
    eventUuid: uuidOf(eventId),
    tenantId: metadata.tenantId,
    type: metadata.type,
    occurredAtMs: metadata.occurredAt,
    traceparent: trace?.traceparent ?? null,
    body: body.length <= deliveryLimits.maxBodyBytes ? body : formats.standard(withoutData(message)).body,
    verdicts: endpoints.map((endpoint) => ({
      endpointUuid: endpoint.endpointUuid,
      ...verdictOf(endpoint, { message, firstAppendMs, judgeBy, about }),
      orderKey: orderKeyOf(endpoint.ordering, topic, key),
    })),
  };
}

/**
 * What came before the endpoint was made is not for it: a group that reads an old topic would flood it. The filter is asked
 * before the state, so that a disabled endpoint misses what it would have been told, and nothing else.
 */
function verdictOf(
  { endpointUuid, types, filter, createdAtMs, ...stands }: Wanting,
  event: {
    readonly message: WebhookMessage;
    readonly firstAppendMs: number;
    readonly judgeBy: (filter: string) => Judgement;
    readonly about: string | undefined;
  },
): { readonly verdict: Verdict; readonly reason: string | null } {
  const { message, firstAppendMs, judgeBy } = event;
  if (!types.some((pattern) => matchesType(pattern, message.type))) return { verdict: 'type', reason: null };
  // That it fails would be told to it, and fail.
  if (event.about === endpointIdOfUuid(endpointUuid)) return { verdict: 'itself', reason: null };
  if (firstAppendMs < createdAtMs - deliveryLimits.clockToleranceMs) return { verdict: 'created_later', reason: null };
  if (filter !== '') {
    const judgement = judgeBy(filter);
    if (judgement.kind === 'differs') return { verdict: 'filter', reason: null };
    if (judgement.kind === 'failed') return { verdict: 'filter_failed', reason: judgement.reason };
  }
  return verdictOfState(stands);
}

/** What is paused collects. */
function verdictOfState({ state, isPausedTooLong }: Pick<Wanting, 'state' | 'isPausedTooLong'>): {
  readonly verdict: Verdict;
  readonly reason: string | null;
} {
  if (state !== 'enabled' && state !== 'paused') return { verdict: 'disabled', reason: null };
  if (!isPausedTooLong) return { verdict: 'matched', reason: null };
  return { verdict: 'disabled', reason: `it is paused for more than ${deliveryLimits.maxAgeMs / 86_400_000} days` };
}

/** What tells of webhooks out is a message where an endpoint named it: else all of it would stand among what nobody got. */
function isAskedFor({ type, verdicts }: FannedOut): boolean {
  return !isOwnType(type) || verdicts.some(({ verdict }) => verdict !== 'type' && verdict !== 'itself');
}

/** Of events about webhooks out: which endpoint they are about. */
function aboutEndpoint({ type, entityId }: Metadata): string | undefined {
  return isOwnType(type) ? entityId.split('/').at(-1) : undefined;
}

interface Pair {
  readonly message: FannedOut;
  readonly endpointUuid: string;
  readonly verdict: Verdict;
  readonly reason: string | null;
  readonly orderKey: string | null;
}

function pairsWith(messages: readonly FannedOut[], ...wanted: readonly Verdict[]): readonly Pair[] {
  return messages.flatMap((message) =>
    message.verdicts.filter(({ verdict }) => wanted.includes(verdict)).map((judged) => ({ message, ...judged })),
  );
}

/**
 * Messages and their tasks, in the order of the batch, which is that of its partition. Those who send in other processes hear of
 * them when they are committed.
 */
async function insertMessages(
  tx: Transaction,
  messages: readonly FannedOut[],
  sender: Sender,
): Promise<readonly NewTask[]> {
  const pairs = pairsWith(messages, 'matched').map((pair) => {
    const endpointId = endpointIdOfUuid(pair.endpointUuid);
    return { ...pair, endpointId, shard: shardOf(endpointId) };
  });
  const toTell = new Set(pairs.filter(({ shard }) => !sender.sendsFor(shard)).map(({ endpointId }) => endpointId));
  const [row] = await tx.prepared<{ readonly at: string; readonly at_ms: number }>(insertSql(tx.schema), [
    arrayLiteral(messages.map(({ eventUuid }) => eventUuid)),
    arrayLiteral(messages.map(({ tenantId }) => tenantId)),
    arrayLiteral(messages.map(({ type }) => type)),
    numberArrayLiteral(messages.map(({ occurredAtMs }) => occurredAtMs)),
    byteaArray(messages.map(({ body }) => body)),
    arrayLiteral(messages.map(({ traceparent }) => traceparent)),
    numberArrayLiteral(messages.map(({ verdicts }) => verdicts.filter(isMatched).length)),
    arrayLiteral(messages.map(verdictsText)),
    arrayLiteral(pairs.map(({ endpointUuid }) => endpointUuid)),
    arrayLiteral(pairs.map(({ message }) => message.eventUuid)),
    arrayLiteral(pairs.map(({ message }) => message.tenantId)),
    numberArrayLiteral(pairs.map(({ shard }) => shard)),
    numberArrayLiteral(pairs.map(({ message }) => message.body.length)),
    arrayLiteral(pairs.map(({ orderKey }) => orderKey)),
    arrayLiteral(noticesOf([...toTell])),
  ]);
  if (row === undefined) throw new TypeError('a SELECT without a table has one row');
  return pairs.map(({ endpointId, shard, message, orderKey }) => ({
    endpointId,
    shard,
    task: newTask(message, orderKey, row),
  }));
}

/** One statement, parsed once: an event that comes alone costs little more than its rows. */
const insertSql = (schema: string): string => `
WITH message AS (
  INSERT INTO ${schema}.message (accepted_at, event_id, tenant_id, type, occurred_at, body, traceparent, matched, verdicts)
  SELECT now(), event_id, tenant_id, type, to_timestamp(occurred_ms / 1000), body, traceparent, matched, verdicts
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::double precision[], $5::bytea[], $6::text[], $7::smallint[], $8::jsonb[])
    AS given (event_id, tenant_id, type, occurred_ms, body, traceparent, matched, verdicts)
), task AS (
  INSERT INTO ${schema}.task (endpoint_id, event_id, tenant_id, shard, message_at, due_at, born_at, bytes, cause, order_key)
  SELECT endpoint_id, event_id, tenant_id, shard, now(), now(), now(), bytes, 'event', order_key
  FROM unnest($9::uuid[], $10::uuid[], $11::text[], $12::smallint[], $13::integer[], $14::bigint[]) WITH ORDINALITY
    AS given (endpoint_id, event_id, tenant_id, shard, bytes, order_key, place) ORDER BY place
)
SELECT now()::text AS at, extract(epoch FROM now())::double precision * 1000 AS at_ms,
  (SELECT count(pg_notify('${channels.tasks}', notice)) FROM unnest($15::text[]) AS notice) AS told`;

/** A notice has less than 8,000 bytes (https://www.postgresql.org/docs/18/sql-notify.html), and an id 35 and a comma. */
const endpointsPerNotice = 200;

function noticesOf(endpoints: readonly EndpointId[]): readonly string[] {
  return Array.from({ length: Math.ceil(endpoints.length / endpointsPerNotice) }, (_, nth) =>
    endpoints.slice(nth * endpointsPerNotice, (nth + 1) * endpointsPerNotice).join(','),
  );
}

function isMatched({ verdict }: FannedOut['verdicts'][number]): boolean {
  return verdict === 'matched';
}

function verdictsText({ verdicts }: FannedOut): string {
  return JSON.stringify(
    Object.fromEntries(verdicts.map(({ endpointUuid, verdict }) => [endpointIdOfUuid(endpointUuid), verdict])),
  );
}

/** As a load would find it. */
function newTask(
  { eventUuid, tenantId, type, body, traceparent }: FannedOut,
  orderKey: string | null,
  { at, at_ms: atMs }: { readonly at: string; readonly at_ms: number },
): LoadedTask {
  return {
    eventUuid,
    tenantId,
    type,
    messageAt: at,
    acceptedAtMs: atMs,
    bornAtMs: atMs,
    attempts: 0,
    counted: 0,
    cause: 'event',
    orderKey,
    released: false,
    jobUuid: null,
    body,
    traceparent: traceparent ?? undefined,
  };
}

/** An endpoint that is disabled has no tasks, nor has one whose filter failed; that it missed the message is a row. */
async function insertSkipped(tx: Transaction, messages: readonly FannedOut[]): Promise<void> {
  const pairs = pairsWith(messages, 'disabled', 'filter_failed');
  if (pairs.length === 0) return;
  await tellOfSkipped(tx, pairs);
  await tx.query(
    `INSERT INTO ${tx.schema}.attempt (at, event_id, endpoint_id, no, tenant_id, type, message_at, code, took_ms, detail, outcome, cause)
     SELECT now(), event_id, endpoint_id, 0, tenant_id, type, now(), code, 0, detail, 'skipped', 'event'
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
       AS given (event_id, endpoint_id, tenant_id, type, code, detail)`,
    [
      pairs.map(({ message }) => message.eventUuid),
      pairs.map(({ endpointUuid }) => endpointUuid),
      pairs.map(({ message }) => message.tenantId),
      pairs.map(({ message }) => message.type),
      pairs.map(({ verdict }) => verdict),
      pairs.map(({ reason }) => reason),
    ],
  );
}

/** The first that an endpoint misses: one that is disabled for a month would have a record for each of its messages. */
async function tellOfSkipped(tx: Transaction, pairs: readonly Pair[]): Promise<void> {
  const told = pairs.filter(({ message }) => !isOwnType(message.type));
  const first = new Map(told.toReversed().map((pair) => [pair.endpointUuid, pair]));
  const due = await tx.query<{ readonly endpoint_id: string }>(
    `SELECT endpoint_id::text FROM unnest($1::uuid[], $2::text[]) AS given (endpoint_id, tenant_id)
     WHERE NOT EXISTS (SELECT FROM ${tx.schema}.attempt a WHERE a.tenant_id = given.tenant_id AND a.endpoint_id = given.endpoint_id
       AND a.outcome = 'skipped' AND a.at > now() - make_interval(secs => $3))`,
    [[...first.keys()], [...first.values()].map(({ message }) => message.tenantId), deliveryLimits.skippedEverySeconds],
  );
  await announceMessages(
    tx,
    due.flatMap(({ endpoint_id: endpointUuid }) => {
      const pair = first.get(endpointUuid);
      return pair === undefined ? [] : [skippedNews(pair)];
    }),
  );
}

function skippedNews({ message, endpointUuid, verdict }: Pair): MessageNews {
  const endpointId = endpointIdOfUuid(endpointUuid);
  return {
    endpointId,
    eventUuid: message.eventUuid,
    tenantId: message.tenantId,
    type: 'delivery.message.skipped',
    no: 0,
    stated: {
      endpointId,
      messageId: eventIdOfUuid(message.eventUuid),
      messageType: message.type,
      attempts: 0,
      code: verdict,
    },
  };
}

/** How an endpoint fares says that its filter fails, too: one row for each of them, however many messages. */
async function keepFilterFailures(tx: Transaction, messages: readonly FannedOut[]): Promise<void> {
  const failed = new Map(pairsWith(messages, 'filter_failed').map((pair) => [pair.endpointUuid, pair]));
  if (failed.size === 0) return;
  // In one order, so that two batches never wait for each other in turn.
  const pairs = [...failed.values()].toSorted((a, b) => (a.endpointUuid < b.endpointUuid ? -1 : 1));
  await tx.query(
    `INSERT INTO ${tx.schema}.endpoint_health AS health (endpoint_id, tenant_id, filter_failed_at, filter_failure)
     SELECT endpoint_id, tenant_id, now(), failure FROM unnest($1::uuid[], $2::text[], $3::text[]) AS given (endpoint_id, tenant_id, failure)
     ON CONFLICT (endpoint_id) DO UPDATE SET filter_failed_at = excluded.filter_failed_at, filter_failure = excluded.filter_failure`,
    [
      pairs.map(({ endpointUuid }) => endpointUuid),
      pairs.map(({ message }) => message.tenantId),
      pairs.map(({ reason }) => reason),
    ],
  );
}

import type { BatchHandler, ConsumedEvent, HandlerOffers } from '@trunkline/consumer';
import { eventIdOfUuid, uuidOf } from '@trunkline/core';
import {
  announceMessages,
  channels,
  endpointIdOfUuid,
  type EndpointOrdering,
  isOwnType,
  matchesType,
  orderKeyOf,
  shardOf,
  type Verdict,
} from '@trunkline/delivery';
import { type DomainTopic, type EventTypeOf, type Metadata, topicEntry } from '@trunkline/events';
import { formats, renderMessage, withoutData } from '@trunkline/payload';
import type { Transaction } from '@trunkline/postgres';

import { deliveryLimits } from '../limits.ts';

/**
 * Makes a message of each event of a tenant that has endpoints, and a task for each endpoint that wants it: once, because
 * the inbox gives an event to nobody twice. What an endpoint is not told is written down, too.
 */
export function fanOutHandler<T extends DomainTopic>(
  topic: T,
  { metrics }: Pick<HandlerOffers, 'metrics'>,
): BatchHandler<T> {
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
        return own === undefined ? [] : [messageOf(topic, event, own)].filter(isAskedFor);
      });
      if (messages.length === 0) return { stale: [] };
      await insertMessages(tx, messages);
      await insertTasks(tx, messages);
      await insertSkipped(tx, messages);
      for (const { verdicts } of messages)
        for (const { verdict } of verdicts) metrics.count('delivery_verdicts_total', { verdict });
      return { stale: [] };
    },
  };
}

interface Wanting {
  readonly endpointUuid: string;
  readonly types: readonly string[];
  readonly ordering: EndpointOrdering;
  readonly state: string;
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
    readonly ordering: EndpointOrdering;
    readonly state: string;
    readonly created_at: Date;
  }>(
    `SELECT endpoint_id, tenant_id, types, ordering, state, created_at FROM ${tx.schema}.endpoint
     WHERE tenant_id = ANY ($1::text[]) AND state <> 'deleted' ORDER BY endpoint_id`,
    [tenants],
  );
  return new Map(
    [...Map.groupBy(rows, (row) => row.tenant_id)].map(([tenant, own]) => [
      tenant,
      own.map((row) => ({
        endpointUuid: row.endpoint_id,
        types: row.types,
        ordering: row.ordering,
        state: row.state,
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
    /** The chain of its task at that endpoint; null: in none. */
    readonly orderKey: string | null;
  }[];
}

function messageOf<T extends DomainTopic>(
  topic: T,
  { record, eventId, key, firstAppendMs, trace }: ConsumedEvent<T>,
  endpoints: readonly Wanting[],
): FannedOut {
  const { metadata } = record;
  const message = renderMessage(topic, record);
  const { body } = formats.standard(message);
  return {
    eventUuid: uuidOf(eventId),
    tenantId: metadata.tenantId,
    type: metadata.type,
    occurredAtMs: metadata.occurredAt,
    traceparent: trace?.traceparent ?? null,
    body: body.length <= deliveryLimits.maxBodyBytes ? body : formats.standard(withoutData(message)).body,
    verdicts: endpoints.map((endpoint) => ({
      endpointUuid: endpoint.endpointUuid,
      verdict: verdictOf(endpoint, { type: metadata.type, firstAppendMs, about: aboutEndpoint(metadata) }),
      orderKey: orderKeyOf(endpoint.ordering, topic, key),
    })),
  };
}

/** What came before the endpoint was made is not for it: a group that reads an old topic would flood it. */
function verdictOf(
  { endpointUuid, types, state, createdAtMs }: Wanting,
  event: { readonly type: string; readonly firstAppendMs: number; readonly about: string | undefined },
): Verdict {
  if (!types.some((pattern) => matchesType(pattern, event.type))) return 'type';
  // That it fails would be told to it, and fail.
  if (event.about === endpointIdOfUuid(endpointUuid)) return 'itself';
  if (event.firstAppendMs < createdAtMs - deliveryLimits.clockToleranceMs) return 'created_later';
  return state === 'enabled' ? 'matched' : 'disabled';
}

/** What tells of webhooks out is a message where an endpoint named it: else all of it would stand among what nobody got. */
function isAskedFor({ type, verdicts }: FannedOut): boolean {
  return !isOwnType(type) || verdicts.some(({ verdict }) => verdict !== 'type' && verdict !== 'itself');
}

/** Of events about webhooks out: which endpoint they are about. */
function aboutEndpoint({ type, entityId }: Metadata): string | undefined {
  return isOwnType(type) ? entityId.split('/').at(-1) : undefined;
}

async function insertMessages(tx: Transaction, messages: readonly FannedOut[]): Promise<void> {
  await tx.query(
    `INSERT INTO ${tx.schema}.message (accepted_at, event_id, tenant_id, type, occurred_at, body, traceparent, matched, verdicts)
     SELECT now(), event_id, tenant_id, type, to_timestamp(occurred_ms / 1000), body, traceparent, matched, verdicts
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::double precision[], $5::bytea[], $6::text[], $7::smallint[], $8::jsonb[])
       AS given (event_id, tenant_id, type, occurred_ms, body, traceparent, matched, verdicts)`,
    [
      messages.map(({ eventUuid }) => eventUuid),
      messages.map(({ tenantId }) => tenantId),
      messages.map(({ type }) => type),
      messages.map(({ occurredAtMs }) => occurredAtMs),
      messages.map(({ body }) => body),
      messages.map(({ traceparent }) => traceparent),
      messages.map(({ verdicts }) => verdicts.filter(({ verdict }) => verdict === 'matched').length),
      messages.map(({ verdicts }) =>
        JSON.stringify(
          Object.fromEntries(verdicts.map(({ endpointUuid, verdict }) => [endpointIdOfUuid(endpointUuid), verdict])),
        ),
      ),
    ],
  );
}

interface Pair {
  readonly message: FannedOut;
  readonly endpointUuid: string;
  readonly orderKey: string | null;
}

function pairsWith(messages: readonly FannedOut[], wanted: Verdict): readonly Pair[] {
  return messages.flatMap((message) =>
    message.verdicts.flatMap(({ endpointUuid, verdict, orderKey }) =>
      verdict === wanted ? [{ message, endpointUuid, orderKey }] : [],
    ),
  );
}

/** In the order of the batch, which is that of its partition. Whoever sends hears of them when they are committed. */
async function insertTasks(tx: Transaction, messages: readonly FannedOut[]): Promise<void> {
  const pairs = pairsWith(messages, 'matched');
  if (pairs.length === 0) return;
  const shards = pairs.map(({ endpointUuid }) => shardOf(endpointIdOfUuid(endpointUuid)));
  await tx.query(
    `INSERT INTO ${tx.schema}.task (endpoint_id, event_id, tenant_id, shard, message_at, due_at, born_at, bytes, cause, order_key)
     SELECT endpoint_id, event_id, tenant_id, shard, now(), now(), now(), bytes, 'event', order_key
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::integer[], $6::bigint[]) WITH ORDINALITY
       AS given (endpoint_id, event_id, tenant_id, shard, bytes, order_key, place) ORDER BY place`,
    [
      pairs.map(({ endpointUuid }) => endpointUuid),
      pairs.map(({ message }) => message.eventUuid),
      pairs.map(({ message }) => message.tenantId),
      shards,
      pairs.map(({ message }) => message.body.length),
      pairs.map(({ orderKey }) => orderKey),
    ],
  );
  await tx.query('SELECT pg_notify($1, $2)', [channels.tasks, [...new Set(shards)].join(',')]);
}

/** An endpoint that is disabled has no tasks; that it missed the message is a row. */
async function insertSkipped(tx: Transaction, messages: readonly FannedOut[]): Promise<void> {
  const pairs = pairsWith(messages, 'disabled');
  if (pairs.length === 0) return;
  await tx.query(
    `INSERT INTO ${tx.schema}.attempt (at, event_id, endpoint_id, no, tenant_id, type, message_at, code, took_ms, outcome, cause)
     SELECT now(), event_id, endpoint_id, 0, tenant_id, type, now(), 'disabled', 0, 'skipped', 'event'
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS given (event_id, endpoint_id, tenant_id, type)`,
    [
      pairs.map(({ message }) => message.eventUuid),
      pairs.map(({ endpointUuid }) => endpointUuid),
      pairs.map(({ message }) => message.tenantId),
      pairs.map(({ message }) => message.type),
    ],
  );
  await announceMessages(
    tx,
    pairs.map(({ message, endpointUuid }) => {
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
          code: 'disabled',
        },
      };
    }),
  );
}

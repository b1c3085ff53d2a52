import { TrunklineError } from '@trunkline/core';
import {
  type ConsumedTopic,
  createEventCodec,
  encodeEvent,
  type EventCodec,
  type EventTypeOf,
  type RecordOf,
  recordKey,
  type SchemaRegistry,
  type SealedEvent,
} from '@trunkline/events';
import type { IncomingRecord, OutgoingRecord } from '@trunkline/kafka';
import type { Transaction } from '@trunkline/postgres';
import { createTestService, type TestService } from '@trunkline/postgres/testing';

import { type BatchOutcome, type ConsumedEvent, defineHandler, type RegisteredHandler } from '../handler.ts';
import { testRecord } from './records.ts';

/** What the tests of the consumer's own flow share: a small service `shop` that counts effects, and records for it. */

export type Topic = 'payments.payment.v1';
export const topic: Topic = 'payments.payment.v1';

/** One row per event that had its effect. Counting needs no version guard, so a double shows. */
export function createShop(): Promise<TestService> {
  return createTestService('shop', {
    '001-effect.sql': `
      CREATE TABLE shop.effect (tenant_id text NOT NULL, entity_id text NOT NULL, event_id text NOT NULL, attempt int NOT NULL);
      SELECT trunkline.isolate_tenants('shop.effect');`,
  });
}

/** How a run for an entity misbehaves: called inside the transaction, before the effect. */
export type Misbehaviour = (event: ConsumedEvent<Topic>, tx: Transaction) => Promise<void> | void;

export interface ShopHandler {
  readonly handler: RegisteredHandler;
  /** Makes the runs for an entity misbehave; undefined makes them behave again. */
  misbehave(entityId: string, how: Misbehaviour | undefined): void;
}

/** Wants every type of its topic but `canceled`. */
export function createShopHandler(): ShopHandler {
  const misbehaviours = new Map<string, Misbehaviour>();
  const types: readonly EventTypeOf<Topic>[] = [
    'payments.payment.created',
    'payments.payment.processing',
    'payments.payment.succeeded',
  ];
  const handleBatch = async (events: readonly ConsumedEvent<Topic>[], tx: Transaction): Promise<BatchOutcome> => {
    for (const event of events) await misbehaviours.get(event.record.metadata.entityId)?.(event, tx);
    await tx.query(`INSERT INTO shop.effect SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[])`, [
      events.map(({ record }) => record.metadata.tenantId),
      events.map(({ record }) => record.metadata.entityId),
      events.map(({ eventId }) => eventId),
      events.map(({ attempt }) => attempt),
    ]);
    return { stale: [] };
  };
  return {
    handler: defineHandler<Topic>({ name: 'shop', topic, types, handleBatch }),
    misbehave(entityId, how): void {
      if (how === undefined) misbehaviours.delete(entityId);
      else misbehaviours.set(entityId, how);
    },
  };
}

/** An event about the payment `entityId` of tnt_a. */
export function shopRecord(
  entityId: string,
  changes: {
    readonly type?: EventTypeOf<Topic>;
    readonly tenantId?: string;
    readonly occurredAt?: number;
    readonly name?: string;
  } = {},
): RecordOf<Topic> {
  const { type = 'payments.payment.created', occurredAt = Date.now(), tenantId = 'tnt_a', name = '' } = changes;
  return testRecord<Topic>({
    topic,
    type,
    kind: 'payment',
    entityId,
    occurredAt,
    stated: { status: 'created' },
    tenantId,
    name,
  });
}

/** As the ingress would publish it. */
export function published(codec: EventCodec, record: RecordOf<Topic>, traceparent?: string): OutgoingRecord {
  const { metadata } = record;
  const sealed = {
    topic,
    type: metadata.type,
    eventId: metadata.eventId,
    key: recordKey([metadata.tenantId, metadata.provider, metadata.account, metadata.entityKind, metadata.entityId]),
    record,
    subject: `${metadata.entityKind}/${metadata.entityId}`,
    occurredAtMs: metadata.occurredAt,
  } as SealedEvent<Topic>;
  return encodeEvent(codec, sealed, { traceparent });
}

let nextOffset = 0n;

/** As a pump would hand it over. */
export function incoming(record: OutgoingRecord, changes: Partial<IncomingRecord> = {}): IncomingRecord {
  nextOffset += 1n;
  return {
    topic: record.topic,
    partition: 0,
    offset: nextOffset,
    timestampMs: Date.now(),
    key: record.key,
    value: record.value,
    headers: record.headers,
    sizeBytes: record.value?.length ?? 0,
    ...changes,
  };
}

export interface TestRegistry extends SchemaRegistry {
  reachable: boolean;
}

/** A codec over a registry in memory that knows every schema it is asked for. */
export async function createTestCodec(
  topics: readonly ConsumedTopic[] = [topic],
): Promise<{ readonly codec: EventCodec; readonly registry: TestRegistry }> {
  const registry = memoryRegistry();
  return { codec: await createEventCodec({ registry, topics }), registry };
}

/** Ids are numbers of first asking. */
export function memoryRegistry(): TestRegistry {
  const texts: string[] = [];
  const registry: TestRegistry = {
    reachable: true,
    idOf: (_subject, schema) => Promise.resolve(texts.push(schema)),
    schemaOf: async (id) => {
      await Promise.resolve();
      if (!registry.reachable) throw new TrunklineError('dependency_unavailable', 'the registry cannot be reached');
      const text = texts[id - 1];
      if (text === undefined) throw new TrunklineError('schema_unknown', `the registry has no schema ${id}`);
      return text;
    },
  };
  return registry;
}

import type { ConsumedEvent, RegisteredHandler } from '@trunkline/consumer';
import { applicable, testRecord } from '@trunkline/consumer/testing';
import {
  type EventTypeOf,
  entityVersion,
  type PayloadOf,
  type RecordOf,
  topicEntry,
  typeRank,
} from '@trunkline/events';

import type { LedgerTopic } from '../facts.ts';

/** What a test says about an event; it is about the entity of its topic's name. */
export interface Told<T extends LedgerTopic> {
  readonly topic: T;
  /** The last part of its type. */
  readonly state: string;
  readonly objectId: string;
  readonly occurredAt: number;
  readonly stated: Partial<PayloadOf<T>>;
  readonly tenantId?: string;
  readonly sourceId?: string;
  readonly correction?: number;
}

/** A record as one of several sources of one account tells it: another source, another id. */
export function told<T extends LedgerTopic>(event: Told<T>): RecordOf<T> {
  const { topic, state, objectId: entityId, occurredAt, stated, tenantId = 'tnt_a' } = event;
  const { sourceId = 'src_1', correction = 0 } = event;
  const { domain, entity } = topicEntry(topic);
  // Only states of the topic are asked for; the codec's own types are checked where the record is made.
  const type = `${domain}.${entity}.${state}` as EventTypeOf<T>;
  const name = JSON.stringify([sourceId, correction, stated]);
  const base = testRecord({ topic, type, kind: entity, entityId, occurredAt, stated, tenantId, name });
  const { eventId, receivedAt } = base.metadata;
  const rank = typeRank(topic, type) ?? { lead: 0, step: 0 };
  const version = entityVersion({ ...rank, occurredAtMs: occurredAt, correction, receivedAtMs: receivedAt, eventId });
  return { ...base, metadata: { ...base.metadata, sourceId, correction, entityVersion: version } };
}

/** The same as a handler sees it. */
export function consumed<T extends LedgerTopic>(handler: RegisteredHandler, record: RecordOf<T>): ConsumedEvent<T> {
  // It is made of this record.
  return applicable(handler, record).event as unknown as ConsumedEvent<T>;
}

import type { DomainTopic, RecordOf } from '@trunkline/events';

import { payloadFields, type SchemaFold } from './topic-fields.ts';

/**
 * An event as the endpoints of a tenant are told it, in the shape that Standard Webhooks recommends (`type`, `timestamp`,
 * `data`); `trunkline` says where it comes from. The other formats are functions of this.
 */
export interface WebhookMessage {
  readonly type: string;
  /** When it happened, RFC 3339 with milliseconds. */
  readonly timestamp: string;
  /**
   * What the event states, and nothing else: a field that is not there is not known, null is cleared
   * (docs/records.md, "Version"). Of `integration.event.received` all of it. Instants are RFC 3339, bytes base64.
   */
  readonly data: Readonly<Record<string, unknown>>;
  readonly trunkline: MessageOrigin;
}

export interface MessageOrigin {
  /** The event id, which is the `webhook-id`, too. */
  readonly id: string;
  readonly tenant: string;
  readonly source: string;
  readonly provider: string;
  readonly account: string;
  /** What the event is about. `version`: of two events about one entity the one with the greater text is newer. */
  readonly entity: { readonly kind: string; readonly id: string; readonly version: string };
  /** True where the provider stated no usable time. */
  readonly estimated: boolean;
  /** 0, or the number of the replay that repairs an earlier event. */
  readonly correction: number;
  /** What describes the event and not the entity: `propertyName`, `changeSource`. */
  readonly about?: Readonly<Record<string, unknown>>;
  /** Present where `data` was left out, because the message would be larger than messages may be. */
  readonly truncated?: true;
}

/** Renders an event. The same event gives the same bytes, whenever and wherever. */
export function renderMessage<T extends DomainTopic>(topic: T, record: RecordOf<T>): WebhookMessage {
  const { metadata } = record;
  const stated = new Set(metadata.statedFields);
  const saysAll = topic === 'integration.event.v1';
  const data: Record<string, unknown> = {};
  const about: Record<string, unknown> = {};
  for (const { name, write } of writersOf(topic)) {
    const value = member(record, name);
    if (saysAll || stated.has(name)) data[name] = write(value);
    else if (value !== null) about[name] = write(value);
  }
  return {
    type: metadata.type,
    timestamp: instant(metadata.occurredAt),
    data,
    trunkline: {
      id: metadata.eventId,
      tenant: metadata.tenantId,
      source: metadata.sourceId,
      provider: metadata.provider,
      account: metadata.account,
      entity: { kind: metadata.entityKind, id: metadata.entityId, version: metadata.entityVersion },
      estimated: metadata.occurredAtIsEstimated,
      correction: metadata.correction,
      ...(Object.keys(about).length === 0 ? {} : { about }),
    },
  };
}

/** The same without what the event states: for one that is too large to be sent. */
export function withoutData({ type, timestamp, trunkline }: WebhookMessage): WebhookMessage {
  const { id, tenant, source, provider, account, entity, estimated, correction } = trunkline;
  const origin = { id, tenant, source, provider, account, entity, estimated, correction };
  return { type, timestamp, data: {}, trunkline: { ...origin, truncated: true } };
}

type Write = (value: unknown) => unknown;

const asItIs: Write = (value) => value;

/** How a value of a decoded record is written as JSON. The codec gave values of the types of the schema. */
const writing: SchemaFold<Write> = {
  scalar: (name) => (name === 'bytes' ? base64 : asItIs),
  timestamp: () => (value) => instant(Number(value)),
  array: (item) => (item === asItIs ? asItIs : (value) => (Array.isArray(value) ? value.map(item) : value)),
  record: (fields) => (value) =>
    Object.fromEntries(fields.map(({ field: { name }, made }) => [name, made(member(value, name))])),
  nullable: (inner) => (inner === asItIs ? asItIs : (value) => (value === null ? null : inner(value))),
};

function base64(value: unknown): unknown {
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

function member(value: unknown, name: string): unknown {
  // Any object has optional properties, and the value is a record by its schema.
  return (value as Readonly<Record<string, unknown>>)[name] ?? null;
}

interface FieldWriter {
  readonly name: string;
  readonly write: Write;
}

const writers = new Map<DomainTopic, readonly FieldWriter[]>();

function writersOf(topic: DomainTopic): readonly FieldWriter[] {
  const known = writers.get(topic);
  if (known !== undefined) return known;
  const made = payloadFields(topic, writing).map(({ field, made: write }) => ({ name: field.name, write }));
  writers.set(topic, made);
  return made;
}

function instant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

import type { Records } from './generated/records.ts';

/** How an event type ranks among those of its entity; docs/records.md, "Version". Append-only: a rank never changes. */
export interface TypeRank {
  /** Above 0 only where the provider documents no way back from the status. */
  readonly lead: number;
  /** Natural order inside one tick of the provider's clock. */
  readonly step: number;
}

/** One topic: what it carries and by which schema. */
export interface TopicEntry {
  readonly domain: string;
  readonly entity: string;
  readonly kind: 'domain' | 'integration' | 'ingress' | 'request';
  /** Path below schemas/. */
  readonly schema: string;
  /** The registry's name for the schema, without the namespace prefix of a shared registry. */
  readonly subject: string;
  /** True where the provider states no time that could order events: the time of receipt orders them then. */
  readonly untimed: boolean;
  /** Every event type of the topic. Append-only. */
  readonly types: Readonly<Record<string, TypeRank>>;
}

/** Every topic Trunkline writes events or deliveries to. */
export const catalogue = {
  'payments.payment.v1': {
    domain: 'payments',
    entity: 'payment',
    kind: 'domain',
    schema: 'payments/payment.avsc',
    subject: 'payments.payment.v1-value',
    untimed: false,
    types: {
      'payments.payment.created': { lead: 0, step: 0 },
      'payments.payment.action_required': { lead: 0, step: 1 },
      'payments.payment.processing': { lead: 0, step: 2 },
      // Not final: the payer may try again with another card.
      'payments.payment.failed': { lead: 0, step: 3 },
      'payments.payment.canceled': { lead: 1, step: 4 },
      'payments.payment.succeeded': { lead: 1, step: 4 },
    },
  },
  'integration.event.v1': {
    domain: 'integration',
    entity: 'event',
    kind: 'integration',
    schema: 'integration/event.avsc',
    subject: 'integration.event.v1-value',
    untimed: false,
    types: {
      'integration.event.received': { lead: 0, step: 0 },
    },
  },
  'ingress.delivery.v1': {
    domain: 'ingress',
    entity: 'delivery',
    kind: 'ingress',
    schema: 'ingress/delivery.avsc',
    subject: 'ingress.delivery.v1-value',
    untimed: false,
    types: {},
  },
  'ingress.rejection.v1': {
    domain: 'ingress',
    entity: 'rejection',
    kind: 'ingress',
    schema: 'ingress/rejection.avsc',
    subject: 'ingress.rejection.v1-value',
    untimed: false,
    types: {},
  },
} as const satisfies Record<string, TopicEntry>;

type Catalogue = typeof catalogue;

export type Topic = keyof Catalogue;

type TopicOfKind<K extends TopicEntry['kind']> = { [T in Topic]: Catalogue[T]['kind'] extends K ? T : never }[Topic];

/** Topics whose records begin with Metadata. */
export type DomainTopic = TopicOfKind<'domain' | 'integration'>;
export type IngressTopic = TopicOfKind<'ingress'>;

export type EventTypeOf<T extends DomainTopic> = T extends DomainTopic ? keyof Catalogue[T]['types'] & string : never;
export type EventType = EventTypeOf<DomainTopic>;

/** The record on the topic, as generated from its schema. */
export type RecordOf<T extends Topic> = Records[T];
/** The record without its envelope: what a normaliser fills in. */
export type PayloadOf<T extends DomainTopic> = T extends DomainTopic ? Omit<RecordOf<T>, 'metadata'> : never;
/** The names an event of the topic can state. */
export type StatedFieldOf<T extends DomainTopic> = T extends DomainTopic ? keyof PayloadOf<T> & string : never;

export const topics: readonly Topic[] = Object.keys(catalogue).filter(isTopic);

/** Whether the text is the logical name of a topic of the catalogue. */
export function isTopic(text: string): text is Topic {
  return Object.hasOwn(catalogue, text);
}

/** Whether records of the topic begin with Metadata. */
export function isDomainTopic(text: string): text is DomainTopic {
  if (!isTopic(text)) return false;
  const { kind } = topicEntry(text);
  return kind === 'domain' || kind === 'integration';
}

/** The topic's row, with the wide types that generic code wants. */
export function topicEntry(topic: Topic): TopicEntry {
  return catalogue[topic];
}

/** The rank of an event type, or undefined where the topic does not carry it. */
export function typeRank(topic: Topic, type: string): TypeRank | undefined {
  const { types } = topicEntry(topic);
  return Object.hasOwn(types, type) ? types[type] : undefined;
}

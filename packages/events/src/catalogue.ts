import { analyticsTopics } from './catalogue/analytics.ts';
import { calendarTopics } from './catalogue/calendar.ts';
import { communicationsTopics } from './catalogue/communications.ts';
import { crmTopics } from './catalogue/crm.ts';
import { deliveryTopics } from './catalogue/delivery.ts';
import { identityTopics } from './catalogue/identity.ts';
import { ingressTopics } from './catalogue/ingress.ts';
import { paymentsTopics } from './catalogue/payments.ts';
import { requestTopics } from './catalogue/requests.ts';
import { telephonyTopics } from './catalogue/telephony.ts';
import type { TopicEntry, TypeRank } from './catalogue/topic-entry.ts';
import type { Records } from './generated/records.ts';

export type { TopicEntry, TypeRank } from './catalogue/topic-entry.ts';

/** Every topic Trunkline writes events, deliveries or requests to. */
export const catalogue = {
  ...telephonyTopics,
  ...paymentsTopics,
  ...calendarTopics,
  ...crmTopics,
  ...communicationsTopics,
  ...identityTopics,
  ...analyticsTopics,
  ...deliveryTopics,
  ...ingressTopics,
  ...requestTopics,
} as const satisfies Record<string, TopicEntry>;

type Catalogue = typeof catalogue;

export type Topic = keyof Catalogue;

type TopicOfKind<K extends TopicEntry['kind']> = { [T in Topic]: Catalogue[T]['kind'] extends K ? T : never }[Topic];

/** Topics whose records begin with Metadata. */
export type DomainTopic = TopicOfKind<'domain' | 'integration'>;
export type IngressTopic = TopicOfKind<'ingress'>;
/** Topics whose records begin with RequestMetadata. */
export type RequestTopic = TopicOfKind<'request'>;

/** What a consumer group may read: records with an envelope. */
export type ConsumedTopic = DomainTopic | RequestTopic;

export type EventTypeOf<T extends DomainTopic> = T extends DomainTopic ? keyof Catalogue[T]['types'] & string : never;
export type EventType = EventTypeOf<DomainTopic>;

export type RequestTypeOf<T extends RequestTopic> = T extends RequestTopic
  ? keyof Catalogue[T]['types'] & string
  : never;

/** The record on the topic, as generated from its schema. */
export type RecordOf<T extends Topic> = Records[T];
/** The record without its envelope: what a normaliser fills in. */
export type PayloadOf<T extends DomainTopic> = T extends DomainTopic ? Omit<RecordOf<T>, 'metadata'> : never;
/** The request without its envelope: what is asked for. */
export type RequestPayloadOf<T extends RequestTopic> = T extends RequestTopic ? Omit<RecordOf<T>, 'metadata'> : never;
/** The names an event of the topic can state. */
export type StatedFieldOf<T extends DomainTopic> = T extends DomainTopic ? keyof PayloadOf<T> & string : never;

export const topics: readonly Topic[] = Object.keys(catalogue).filter(isTopic);

/** What Trunkline says of itself: written by a service of ours and by no ingress. */
export const ownTopics: readonly DomainTopic[] = Object.keys(deliveryTopics).filter(isDomainTopic);

function isOwnTopic(topic: Topic): boolean {
  return Object.hasOwn(deliveryTopics, topic);
}

/** What an ingress may write, whatever its sources. */
export const receivedTopics: readonly Topic[] = topics.filter(
  (topic) => topicEntry(topic).kind !== 'request' && !isOwnTopic(topic),
);

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

/** Whether records of the topic begin with RequestMetadata. */
export function isRequestTopic(text: string): text is RequestTopic {
  return isTopic(text) && topicEntry(text).kind === 'request';
}

/** Whether a consumer group may read the topic. */
export function isConsumedTopic(text: string): text is ConsumedTopic {
  return isDomainTopic(text) || isRequestTopic(text);
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

/**
 * The largest body any source may be given (docs/records.md, "Sizes"), in bytes. The topics are made for it once, so that
 * raising the limit of a source is only configuration.
 */
export const largestBodyBytes: number = 8 * 1024 * 1024;

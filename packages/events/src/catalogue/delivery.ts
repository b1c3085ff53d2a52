import type { TopicEntry } from './topic-entry.ts';

/** What Trunkline says of its own webhooks out. Everything there can be undone, so the lead is always 0. */
export const deliveryTopics = {
  'delivery.endpoint.v1': {
    domain: 'delivery',
    entity: 'endpoint',
    kind: 'domain',
    schema: 'delivery/endpoint.avsc',
    subject: 'delivery.endpoint.v1-value',
    untimed: false,
    types: {
      'delivery.endpoint.created': { lead: 0, step: 10 },
      'delivery.endpoint.updated': { lead: 0, step: 20 },
      'delivery.endpoint.secret_rotated': { lead: 0, step: 25 },
      'delivery.endpoint.failing': { lead: 0, step: 30 },
      'delivery.endpoint.breaker_opened': { lead: 0, step: 35 },
      'delivery.endpoint.breaker_closed': { lead: 0, step: 40 },
      'delivery.endpoint.warned': { lead: 0, step: 45 },
      'delivery.endpoint.recovered': { lead: 0, step: 50 },
      'delivery.endpoint.disabled': { lead: 0, step: 60 },
      'delivery.endpoint.paused': { lead: 0, step: 65 },
      'delivery.endpoint.enabled': { lead: 0, step: 70 },
      'delivery.endpoint.deleted': { lead: 0, step: 80 },
    },
  },
  'delivery.message.v1': {
    domain: 'delivery',
    entity: 'message',
    kind: 'domain',
    schema: 'delivery/message.avsc',
    subject: 'delivery.message.v1-value',
    untimed: false,
    types: {
      'delivery.message.skipped': { lead: 0, step: 10 },
      'delivery.message.failing': { lead: 0, step: 20 },
      'delivery.message.held': { lead: 0, step: 30 },
      'delivery.message.exhausted': { lead: 0, step: 40 },
      'delivery.message.expired': { lead: 0, step: 40 },
      'delivery.message.recovered': { lead: 0, step: 50 },
    },
  },
} as const satisfies Record<string, TopicEntry>;

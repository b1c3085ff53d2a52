import type { TopicEntry } from './topic-entry.ts';

/** What ingress says about requests themselves, and what has no canonical form. */
export const ingressTopics = {
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

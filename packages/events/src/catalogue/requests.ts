import type { TopicEntry } from './topic-entry.ts';

/** Commands: their types are imperatives, and requests are not versions of one another, so their ranks mean nothing. */
export const requestTopics = {
  'notifications.request.v1': {
    domain: 'notifications',
    entity: 'request',
    kind: 'request',
    schema: 'notifications/request.avsc',
    subject: 'notifications.request.v1-value',
    untimed: true,
    types: {
      'notifications.request.send': { lead: 0, step: 0 },
    },
  },
  'calendar.sync_request.v1': {
    domain: 'calendar',
    entity: 'sync_request',
    kind: 'request',
    schema: 'calendar/sync_request.avsc',
    subject: 'calendar.sync_request.v1-value',
    untimed: true,
    types: {
      'calendar.sync_request.sync': { lead: 0, step: 0 },
    },
  },
  'privacy.erasure_request.v1': {
    domain: 'privacy',
    entity: 'erasure_request',
    kind: 'request',
    schema: 'privacy/erasure_request.avsc',
    subject: 'privacy.erasure_request.v1-value',
    untimed: true,
    types: {
      'privacy.erasure_request.erase': { lead: 0, step: 0 },
    },
  },
} as const satisfies Record<string, TopicEntry>;

import type { TopicEntry } from './topic-entry.ts';

/** An activity happens once; there is nothing to overtake. */
export const analyticsTopics = {
  'analytics.activity.v1': {
    domain: 'analytics',
    entity: 'activity',
    kind: 'domain',
    schema: 'analytics/activity.avsc',
    subject: 'analytics.activity.v1-value',
    untimed: false,
    types: {
      'analytics.activity.tracked': { lead: 0, step: 10 },
      'analytics.activity.identified': { lead: 0, step: 10 },
      'analytics.activity.page_viewed': { lead: 0, step: 10 },
      'analytics.activity.screen_viewed': { lead: 0, step: 10 },
      'analytics.activity.grouped': { lead: 0, step: 10 },
      'analytics.activity.aliased': { lead: 0, step: 10 },
    },
  },
} as const satisfies Record<string, TopicEntry>;

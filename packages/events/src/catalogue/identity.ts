import type { TopicEntry } from './topic-entry.ts';

/** Users are suspended and let in again, so the lead is always 0. */
export const identityTopics = {
  'identity.user.v1': {
    domain: 'identity',
    entity: 'user',
    kind: 'domain',
    schema: 'identity/user.avsc',
    subject: 'identity.user.v1-value',
    untimed: false,
    types: {
      'identity.user.created': { lead: 0, step: 10 },
      'identity.user.updated': { lead: 0, step: 20 },
      'identity.user.deleted': { lead: 0, step: 60 },
    },
  },
  'identity.session.v1': {
    domain: 'identity',
    entity: 'session',
    kind: 'domain',
    schema: 'identity/session.avsc',
    subject: 'identity.session.v1-value',
    untimed: false,
    types: {
      'identity.session.created': { lead: 0, step: 10 },
      'identity.session.ended': { lead: 0, step: 60 },
    },
  },
  'identity.organization.v1': {
    domain: 'identity',
    entity: 'organization',
    kind: 'domain',
    schema: 'identity/organization.avsc',
    subject: 'identity.organization.v1-value',
    untimed: false,
    types: {
      'identity.organization.created': { lead: 0, step: 10 },
      'identity.organization.updated': { lead: 0, step: 20 },
      'identity.organization.deleted': { lead: 0, step: 60 },
      // A membership is an entity of its own, so it ranks among its own types only.
      'identity.organization.membership_created': { lead: 0, step: 10 },
      'identity.organization.membership_updated': { lead: 0, step: 20 },
      'identity.organization.membership_deleted': { lead: 0, step: 60 },
    },
  },
} as const satisfies Record<string, TopicEntry>;

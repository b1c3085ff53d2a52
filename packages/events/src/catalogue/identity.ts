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
      'identity.user.email_verification_requested': { lead: 0, step: 20 },
      'identity.user.password_reset_requested': { lead: 0, step: 20 },
      'identity.user.password_reset_succeeded': { lead: 0, step: 25 },
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
      // An attempt to log in or out is an entity of its own.
      'identity.session.pending': { lead: 0, step: 5 },
      'identity.session.sign_in_succeeded': { lead: 0, step: 10 },
      'identity.session.sign_in_failed': { lead: 0, step: 10 },
      'identity.session.signed_out': { lead: 0, step: 10 },
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
      // So are invitations, domains, connections, groups and memberships in groups.
      'identity.organization.invitation_created': { lead: 0, step: 10 },
      'identity.organization.invitation_resent': { lead: 0, step: 20 },
      'identity.organization.invitation_accepted': { lead: 0, step: 30 },
      'identity.organization.invitation_revoked': { lead: 0, step: 40 },
      'identity.organization.domain_created': { lead: 0, step: 10 },
      'identity.organization.domain_updated': { lead: 0, step: 20 },
      'identity.organization.domain_verified': { lead: 0, step: 30 },
      'identity.organization.domain_verification_failed': { lead: 0, step: 30 },
      'identity.organization.domain_deleted': { lead: 0, step: 60 },
      'identity.organization.connection_activated': { lead: 0, step: 20 },
      'identity.organization.connection_deactivated': { lead: 0, step: 30 },
      'identity.organization.connection_deleted': { lead: 0, step: 60 },
      'identity.organization.group_created': { lead: 0, step: 10 },
      'identity.organization.group_updated': { lead: 0, step: 20 },
      'identity.organization.group_deleted': { lead: 0, step: 60 },
      'identity.organization.group_member_added': { lead: 0, step: 10 },
      'identity.organization.group_member_removed': { lead: 0, step: 60 },
    },
  },
} as const satisfies Record<string, TopicEntry>;

import type { TopicEntry } from './topic-entry.ts';

/** A bounce after a delivery is legal, so the lead is always 0. */
export const communicationsTopics = {
  'communications.email.v1': {
    domain: 'communications',
    entity: 'email',
    kind: 'domain',
    schema: 'communications/email.avsc',
    subject: 'communications.email.v1-value',
    untimed: false,
    types: {
      'communications.email.scheduled': { lead: 0, step: 5 },
      'communications.email.received': { lead: 0, step: 10 },
      'communications.email.accepted': { lead: 0, step: 10 },
      'communications.email.deferred': { lead: 0, step: 20 },
      'communications.email.delivered': { lead: 0, step: 30 },
      'communications.email.dropped': { lead: 0, step: 35 },
      'communications.email.bounced': { lead: 0, step: 40 },
      'communications.email.opened': { lead: 0, step: 50 },
      'communications.email.clicked': { lead: 0, step: 60 },
      'communications.email.unsubscribed': { lead: 0, step: 70 },
      'communications.email.resubscribed': { lead: 0, step: 75 },
      'communications.email.complained': { lead: 0, step: 80 },
    },
  },
  'communications.chat.v1': {
    domain: 'communications',
    entity: 'chat',
    kind: 'domain',
    schema: 'communications/chat.avsc',
    subject: 'communications.chat.v1-value',
    untimed: false,
    types: {
      'communications.chat.message_posted': { lead: 0, step: 10 },
      // Reactions, channels and memberships are entities of their own, so each ranks among its own types only.
      'communications.chat.message_changed': { lead: 0, step: 20 },
      'communications.chat.message_deleted': { lead: 0, step: 60 },
      'communications.chat.reaction_added': { lead: 0, step: 10 },
      'communications.chat.reaction_removed': { lead: 0, step: 60 },
      'communications.chat.channel_created': { lead: 0, step: 10 },
      'communications.chat.channel_updated': { lead: 0, step: 20 },
      'communications.chat.channel_deleted': { lead: 0, step: 60 },
      'communications.chat.member_joined': { lead: 0, step: 10 },
      'communications.chat.member_left': { lead: 0, step: 60 },
    },
  },
} as const satisfies Record<string, TopicEntry>;

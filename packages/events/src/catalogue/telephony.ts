import type { TopicEntry } from './topic-entry.ts';

/** Calls climb a ladder that no provider leads back down, so their lead is their state. */
export const telephonyTopics = {
  'telephony.call.v1': {
    domain: 'telephony',
    entity: 'call',
    kind: 'domain',
    schema: 'telephony/call.avsc',
    subject: 'telephony.call.v1-value',
    untimed: false,
    types: {
      'telephony.call.initiated': { lead: 0, step: 10 },
      'telephony.call.ringing': { lead: 1, step: 20 },
      'telephony.call.answered': { lead: 2, step: 30 },
      'telephony.call.completed': { lead: 3, step: 40 },
      // More was learned of it (who answered, where it went); nothing of its state is said.
      'telephony.call.updated': { lead: 2, step: 35 },
    },
  },
  'telephony.recording.v1': {
    domain: 'telephony',
    entity: 'recording',
    kind: 'domain',
    schema: 'telephony/recording.avsc',
    subject: 'telephony.recording.v1-value',
    untimed: false,
    types: {
      // Both are the end of the story; the sound is there or it never will be.
      'telephony.recording.available': { lead: 1, step: 20 },
      'telephony.recording.failed': { lead: 1, step: 20 },
    },
  },
  'telephony.transcript.v1': {
    domain: 'telephony',
    entity: 'transcript',
    kind: 'domain',
    schema: 'telephony/transcript.avsc',
    subject: 'telephony.transcript.v1-value',
    untimed: false,
    types: {
      'telephony.transcript.available': { lead: 1, step: 20 },
      'telephony.transcript.failed': { lead: 1, step: 20 },
    },
  },
  'telephony.message.v1': {
    domain: 'telephony',
    entity: 'message',
    kind: 'domain',
    schema: 'telephony/message.avsc',
    subject: 'telephony.message.v1-value',
    // Twilio's callbacks carry no time.
    untimed: true,
    types: {
      'telephony.message.received': { lead: 0, step: 10 },
      'telephony.message.sent': { lead: 1, step: 20 },
      // A carrier says one of these two; whatever it says last is so.
      'telephony.message.delivered': { lead: 2, step: 30 },
      'telephony.message.failed': { lead: 2, step: 30 },
      'telephony.message.read': { lead: 3, step: 40 },
      'telephony.message.queued': { lead: 0, step: 5 },
      'telephony.message.canceled': { lead: 2, step: 30 },
    },
  },
} as const satisfies Record<string, TopicEntry>;

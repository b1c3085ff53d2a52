import type { TopicEntry } from './topic-entry.ts';

/** Everything in a calendar can be undone, so the lead is always 0. */
export const calendarTopics = {
  'calendar.booking.v1': {
    domain: 'calendar',
    entity: 'booking',
    kind: 'domain',
    schema: 'calendar/booking.avsc',
    subject: 'calendar.booking.v1-value',
    untimed: false,
    types: {
      'calendar.booking.requested': { lead: 0, step: 10 },
      'calendar.booking.confirmed': { lead: 0, step: 20 },
      'calendar.booking.rejected': { lead: 0, step: 30 },
      'calendar.booking.meeting_started': { lead: 0, step: 40 },
      'calendar.booking.meeting_ended': { lead: 0, step: 50 },
      'calendar.booking.no_show': { lead: 0, step: 60 },
      'calendar.booking.no_show_cleared': { lead: 0, step: 65 },
      'calendar.booking.rescheduled': { lead: 0, step: 70 },
      'calendar.booking.canceled': { lead: 0, step: 80 },
      'calendar.booking.paid': { lead: 0, step: 25 },
    },
  },
  'calendar.event.v1': {
    domain: 'calendar',
    entity: 'event',
    kind: 'domain',
    schema: 'calendar/event.avsc',
    subject: 'calendar.event.v1-value',
    untimed: false,
    types: {
      'calendar.event.created': { lead: 0, step: 10 },
      'calendar.event.updated': { lead: 0, step: 20 },
      'calendar.event.deleted': { lead: 0, step: 60 },
    },
  },
} as const satisfies Record<string, TopicEntry>;

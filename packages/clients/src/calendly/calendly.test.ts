import { describeClient, sampleOf } from '../testing/index.ts';
import { calendly } from './index.ts';

const credentials = { personalAccessToken: 'calendly-secret-marker' };
const { listAvailableTimes, createInvitee, listScheduledEvents, listInvitees } = calendly.operations;
const eventType = 'https://api.calendly.com/event_types/ET1';
const event = {
  uri: 'https://api.calendly.com/scheduled_events/SE1',
  status: 'active',
  start_time: '2026-12-01T10:00:00.000000Z',
  updated_at: '2026-11-29T10:00:00.000000Z',
};
const invitee = {
  uri: `${event.uri}/invitees/I1`,
  email: 'ada@example.com',
  status: 'active',
  updated_at: '2026-11-29T10:00:00.000000Z',
};

describeClient(calendly, {
  credentials,
  secrets: [credentials.personalAccessToken, 'ada@example.com', 'Ada-marker'],
  samples: [
    sampleOf({
      operation: listAvailableTimes,
      input: { eventType, from: '2026-12-01T00:00:00Z', to: '2026-12-02T00:00:00Z' },
      request: {
        method: 'GET',
        path: '/event_type_available_times?event_type=https%3A%2F%2Fapi.calendly.com%2Fevent_types%2FET1&start_time=2026-12-01T00%3A00%3A00Z&end_time=2026-12-02T00%3A00%3A00Z',
      },
      reply: { status: 200, json: { collection: [{ status: 'available', start_time: '2026-12-01T10:00:00Z' }] } },
      output: { collection: [{ status: 'available', start_time: '2026-12-01T10:00:00Z' }] },
      required: ['collection'],
    }),
    sampleOf({
      operation: createInvitee,
      input: {
        eventType,
        startTime: '2026-12-01T10:00:00Z',
        invitee: { name: 'Ada-marker', email: 'ada@example.com', timezone: 'Europe/Berlin' },
      },
      request: {
        method: 'POST',
        path: '/invitees',
        body: {
          event_type: eventType,
          start_time: '2026-12-01T10:00:00Z',
          invitee: { name: 'Ada-marker', email: 'ada@example.com', timezone: 'Europe/Berlin' },
        },
      },
      reply: { status: 201, json: { resource: { uri: invitee.uri, event: event.uri, status: 'active' } } },
      output: { resource: { uri: invitee.uri, event: event.uri, status: 'active' } },
      required: ['resource'],
    }),
    sampleOf({
      operation: listScheduledEvents,
      input: {
        organization: 'https://api.calendly.com/organizations/O1',
        from: '2026-12-01T00:00:00Z',
        to: '2026-12-02T00:00:00Z',
        inviteeEmail: 'ada@example.com',
      },
      request: {
        method: 'GET',
        path: '/scheduled_events?organization=https%3A%2F%2Fapi.calendly.com%2Forganizations%2FO1&min_start_time=2026-12-01T00%3A00%3A00Z&max_start_time=2026-12-02T00%3A00%3A00Z&invitee_email=ada%40example.com&sort=start_time%3Aasc&count=100',
      },
      reply: { status: 200, json: { collection: [event], pagination: { next_page_token: null } } },
      output: { collection: [event], pagination: { next_page_token: null } },
      required: ['collection', 'pagination'],
    }),
    sampleOf({
      operation: listInvitees,
      input: { event: 'SE1', pageToken: 'next' },
      request: { method: 'GET', path: '/scheduled_events/SE1/invitees?count=100&page_token=next' },
      reply: { status: 200, json: { collection: [invitee], pagination: { next_page_token: 'more' } } },
      output: { collection: [invitee], pagination: { next_page_token: 'more' } },
      required: ['collection', 'pagination'],
    }),
    sampleOf({
      operation: calendly.identify,
      input: undefined,
      request: { method: 'GET', path: '/users/me' },
      reply: {
        status: 200,
        json: { resource: { current_organization: 'https://api.calendly.com/organizations/O1', name: 'Ada' } },
      },
      output: { account: 'O1' },
      required: ['resource'],
    }),
  ],
});

import { z } from 'zod';

import { jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { CalendlyCredentials } from '../credentials.ts';

export interface CreateInviteeInput {
  /** The URI of the event type. */
  readonly eventType: string;
  /** One of its available times, ISO 8601. */
  readonly startTime: string;
  readonly invitee: { readonly name: string; readonly email: string; readonly timezone: string };
}

const answer = z.object({ resource: z.object({ uri: z.string(), event: z.string(), status: z.string() }) });

const minuteMs = 60_000;

/** Books a time. Nothing makes Calendly know a booking again: whoever may have made it looks for it before it repeats. */
export const createInvitee: OperationDefinition<CalendlyCredentials, CreateInviteeInput, z.infer<typeof answer>> = {
  name: 'invitees.create',
  repeatable: 'no',
  // Of their own, beside those of the client: https://developer.calendly.com/api-docs/api-limits
  rates: () => [
    { key: 'invitees-minute', count: 10, periodMs: minuteMs, burst: 5 },
    { key: 'invitees-hour', count: 50, periodMs: 60 * minuteMs, burst: 25 },
    { key: 'invitees-day', count: 100, periodMs: 24 * 60 * minuteMs, burst: 50 },
  ],
  request: ({ eventType, startTime, invitee }) => ({
    method: 'POST',
    path: '/invitees',
    body: { json: { event_type: eventType, start_time: startTime, invitee } },
  }),
  answer: jsonAnswer(answer),
};

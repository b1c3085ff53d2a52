import { z } from 'zod';

import { jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { CalendlyCredentials } from '../credentials.ts';

export interface ListScheduledEventsInput {
  /** The URI of the organization. */
  readonly organization: string;
  /** Starting from then on, and before; ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** Only those with this invitee. */
  readonly inviteeEmail?: string;
  readonly pageToken?: string;
}

const page = z.object({
  collection: z.array(
    z.looseObject({ uri: z.string(), status: z.string(), start_time: z.string(), updated_at: z.string() }),
  ),
  pagination: z.object({ next_page_token: z.string().nullish() }),
});

/** https://developer.calendly.com/api-docs/2d5ed9bbd2952-list-events: 100 events, the earliest first. */
export const listScheduledEvents: OperationDefinition<
  CalendlyCredentials,
  ListScheduledEventsInput,
  z.infer<typeof page>
> = {
  name: 'scheduled_events.list',
  repeatable: 'yes',
  request: ({ organization, from, to, inviteeEmail, pageToken }) => ({
    method: 'GET',
    path: '/scheduled_events',
    query: {
      organization,
      min_start_time: from,
      max_start_time: to,
      invitee_email: inviteeEmail,
      sort: 'start_time:asc',
      count: '100',
      page_token: pageToken,
    },
  }),
  answer: jsonAnswer(page),
};

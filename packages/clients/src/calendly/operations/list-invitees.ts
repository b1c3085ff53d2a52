import { z } from 'zod';

import { jsonAnswer, type OperationDefinition, pathOf } from '../../contract/index.ts';
import type { CalendlyCredentials } from '../credentials.ts';

export interface ListInviteesInput {
  /** The id of the scheduled event: the last part of its URI. */
  readonly event: string;
  readonly pageToken?: string;
}

const page = z.object({
  collection: z.array(
    z.looseObject({ uri: z.string(), email: z.string(), status: z.string(), updated_at: z.string() }),
  ),
  pagination: z.object({ next_page_token: z.string().nullish() }),
});

/** https://developer.calendly.com/api-docs/eb8ee72701f99-list-event-invitees */
export const listInvitees: OperationDefinition<CalendlyCredentials, ListInviteesInput, z.infer<typeof page>> = {
  name: 'invitees.list',
  repeatable: 'yes',
  request: ({ event, pageToken }) => ({
    method: 'GET',
    path: pathOf('/scheduled_events', event, 'invitees'),
    query: { count: '100', page_token: pageToken },
  }),
  answer: jsonAnswer(page),
};

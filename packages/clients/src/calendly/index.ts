import { bearerAuth, defineClient } from '../contract/index.ts';
import { calendlyCredentials } from './credentials.ts';
import { createInvitee } from './operations/create-invitee.ts';
import { fetchUser } from './operations/fetch-user.ts';
import { listAvailableTimes } from './operations/list-available-times.ts';
import { listInvitees } from './operations/list-invitees.ts';
import { listScheduledEvents } from './operations/list-scheduled-events.ts';

/** https://developer.calendly.com/api-docs; 500 requests a minute for each user of a paid plan, 50 of a free one. */
export const calendly = defineClient({
  name: 'calendly',
  origin: 'https://api.calendly.com',
  // The API has one version and no name for it.
  apiVersion: undefined,
  credentials: calendlyCredentials,
  authorise: ({ personalAccessToken }) => bearerAuth(personalAccessToken),
  rates: [{ key: 'default', count: 500, periodMs: 60_000, burst: 20 }],
  operations: { listAvailableTimes, createInvitee, listScheduledEvents, listInvitees },
  identify: fetchUser,
});

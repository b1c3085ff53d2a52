import type { Scheme } from '../schemes/scheme.ts';
import { sharedToken } from '../schemes/shared-token.ts';

/**
 * https://developers.google.com/workspace/calendar/api/guides/push: nothing is signed. Google repeats the token that the
 * channel was made with. A secret may be bound to its channel by its key id, so that no channel speaks with the token
 * of another.
 */
export const googleCalendarScheme: Scheme = sharedToken({
  form: 'plain',
  header: 'X-Goog-Channel-Token',
  keyIdHeader: 'X-Goog-Channel-ID',
});

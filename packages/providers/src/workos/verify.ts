import { timestampedHeader, type TimestampedHeaderScheme } from '../schemes/timestamped-header.ts';

/**
 * https://workos.com/docs/events/data-syncing/webhooks. The time is in milliseconds and a blank follows the comma. The
 * official library looks at the age only; a delivery from the future is refused here as well.
 */
export const workosScheme: TimestampedHeaderScheme = timestampedHeader({
  header: 'WorkOS-Signature',
  separator: ', ',
  version: 'v1',
  unit: 'ms',
  toleranceMs: 180_000,
});

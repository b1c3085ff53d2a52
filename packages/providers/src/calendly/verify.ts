import { timestampedHeader, type TimestampedHeaderScheme } from '../schemes/timestamped-header.ts';

/**
 * https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures. The header is absent when the
 * subscription was made without a signing key: such a source can prove nothing and is refused. Three minutes is the
 * tolerance of Calendly's own sample; a delivery from the future is refused here as well.
 */
export const calendlyScheme: TimestampedHeaderScheme = timestampedHeader({
  header: 'Calendly-Webhook-Signature',
  separator: ',',
  version: 'v1',
  unit: 's',
  toleranceMs: 180_000,
});

import { timestampedHeader, type TimestampedHeaderScheme } from '../schemes/timestamped-header.ts';

/**
 * https://docs.stripe.com/webhooks/signature. The key is the full text of the secret, `whsec_` included, not decoded.
 * Several v1 signatures are there while a secret is rolled. v0 is made for test events only and does not count.
 * The official library checks the age only; a delivery from the future is refused here as well.
 */
export const stripeScheme: TimestampedHeaderScheme = timestampedHeader({
  header: 'Stripe-Signature',
  separator: ',',
  version: 'v1',
  unit: 's',
  toleranceMs: 300_000,
});

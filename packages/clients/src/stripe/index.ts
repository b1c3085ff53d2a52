import { bearerAuth, defineClient } from '../contract/index.ts';
import { stripeCredentials } from './credentials.ts';
import { createRefund } from './operations/create-refund.ts';
import { fetchAccount } from './operations/fetch-account.ts';
import { fetchEvent } from './operations/fetch-event.ts';
import { listEvents } from './operations/list-events.ts';
import { listWebhookEndpoints } from './operations/list-webhook-endpoints.ts';

const apiVersion = '2026-10-28.endive';

/** https://docs.stripe.com/api; what an account's test mode allows, which live mode does four times. https://docs.stripe.com/rate-limits */
export const stripe = defineClient({
  name: 'stripe',
  origin: 'https://api.stripe.com',
  apiVersion,
  credentials: stripeCredentials,
  authorise: ({ apiKey }) => bearerAuth(apiKey),
  headers: { 'stripe-version': apiVersion },
  rates: [{ key: 'default', count: 25, periodMs: 1_000, burst: 5 }],
  requestIdHeader: 'request-id',
  operations: { listEvents, fetchEvent, listWebhookEndpoints, createRefund },
  identify: fetchAccount,
});

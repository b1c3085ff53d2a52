import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';

import { requestsOfBoth } from '../testing/index.ts';
import { stripe } from './index.ts';

const credentials = { apiKey: 'sk_test_key' };
const { listEvents, fetchEvent, listWebhookEndpoints, createRefund } = stripe.operations;

function sdkAt(url: string): Stripe {
  const { hostname: host, port } = new URL(url);
  return new Stripe(credentials.apiKey, { host, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false });
}

describe('Stripe', () => {
  it('is sent the version that its library sends', async () => {
    expect(stripe.apiVersion).toBe(Stripe.API_VERSION);
  });

  it('lists events as its library does', async () => {
    const { ours, theirs } = await requestsOfBoth(stripe, {
      operation: listEvents,
      input: { since: 1, until: 2, endingBefore: 'evt_0', undelivered: true },
      credentials,
      reply: { status: 200, json: { object: 'list', data: [], has_more: false } },
      sdk: (url) =>
        sdkAt(url).events.list({
          created: { gte: 1, lt: 2 },
          limit: 100,
          ending_before: 'evt_0',
          delivery_success: false,
        }),
    });

    expect(sorted(ours)).toEqual(sorted(theirs));
  });

  it('gives an event as its library does', async () => {
    const { ours, theirs } = await requestsOfBoth(stripe, {
      operation: fetchEvent,
      input: { id: 'evt_1' },
      credentials,
      reply: { status: 200, json: { id: 'evt_1', type: 'a', created: 1, livemode: true } },
      sdk: (url) => sdkAt(url).events.retrieve('evt_1'),
    });

    expect(ours).toEqual(theirs);
  });

  it('lists the endpoints of webhooks as its library does', async () => {
    const { ours, theirs } = await requestsOfBoth(stripe, {
      operation: listWebhookEndpoints,
      input: undefined,
      credentials,
      reply: { status: 200, json: { object: 'list', data: [], has_more: false } },
      sdk: (url) => sdkAt(url).webhookEndpoints.list({ limit: 100 }),
    });

    expect(ours).toEqual(theirs);
  });

  it('refunds as its library does', async () => {
    const { ours, theirs } = await requestsOfBoth(stripe, {
      operation: createRefund,
      input: { paymentIntent: 'pi_1', amount: 500 },
      credentials,
      reply: { status: 200, json: { id: 're_1' } },
      sdk: (url) => sdkAt(url).refunds.create({ payment_intent: 'pi_1', amount: 500 }),
    });

    expect(ours).toEqual(theirs);
  });
});

/** A query has no order, and brackets in it may be written either way. */
function sorted(request: unknown): unknown {
  const { path, ...rest } = request as { readonly path: string };
  const url = new URL(path, 'http://host');
  return { ...rest, path: url.pathname, query: Object.fromEntries(url.searchParams) };
}

import { describeClient, sampleOf } from '../testing/index.ts';
import { stripe } from './index.ts';

const credentials = { apiKey: 'sk_test_stripe-secret-marker' };
const { listEvents, fetchEvent, listWebhookEndpoints, createRefund } = stripe.operations;
const event = { id: 'evt_1', type: 'payment_intent.succeeded', created: 1_764_000_000, livemode: false };
const endpoint = { id: 'we_1', url: 'https://hooks.example/hooks/src_a', status: 'enabled', enabled_events: ['*'] };

describeClient(stripe, {
  credentials,
  secrets: [credentials.apiKey, 'pi_amount-marker'],
  samples: [
    sampleOf({
      operation: listEvents,
      input: { since: 1_764_000_000, until: 1_764_086_400, endingBefore: 'evt_0', undelivered: true },
      request: {
        method: 'GET',
        path: '/v1/events?created%5Bgte%5D=1764000000&created%5Blt%5D=1764086400&limit=100&ending_before=evt_0&delivery_success=false',
      },
      reply: { status: 200, json: { object: 'list', data: [event], has_more: false } },
      output: { data: [event], has_more: false },
      required: ['data', 'has_more'],
    }),
    sampleOf({
      operation: fetchEvent,
      input: { id: 'evt_1/../account' },
      request: { method: 'GET', path: '/v1/events/evt_1%2F..%2Faccount' },
      reply: { status: 200, json: event },
      output: event,
      required: ['id', 'type', 'created', 'livemode'],
    }),
    sampleOf({
      operation: listWebhookEndpoints,
      input: undefined,
      request: { method: 'GET', path: '/v1/webhook_endpoints?limit=100' },
      reply: { status: 200, json: { data: [endpoint], has_more: false } },
      output: { data: [endpoint], has_more: false },
      required: ['data', 'has_more'],
    }),
    sampleOf({
      operation: createRefund,
      input: { paymentIntent: 'pi_amount-marker', amount: 500 },
      request: { method: 'POST', path: '/v1/refunds', body: 'payment_intent=pi_amount-marker&amount=500' },
      reply: { status: 200, json: { id: 're_1', status: 'succeeded' } },
      output: { id: 're_1', status: 'succeeded' },
      required: ['id'],
    }),
    sampleOf({
      operation: stripe.identify,
      input: undefined,
      request: { method: 'GET', path: '/v1/account' },
      reply: { status: 200, json: { id: 'acct_1' } },
      output: { account: 'acct_1' },
      required: ['id'],
    }),
  ],
});

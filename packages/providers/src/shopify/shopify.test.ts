import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withoutHeader, withValue } from '../testing/tampering.ts';
import { shopify } from './index.ts';
import { normalizeShopify } from './normalize.ts';
import type { ShopifyOptions } from './options.ts';
import { shopifyScheme } from './verify.ts';

const account = 'example-shop.myshopify.com';
const paid = loadFixture('shopify', 'orders.paid');
const header = 'X-Shopify-Hmac-Sha256';

describeProvider(shopify, {
  options: {},
  account,
  request: paid.request,
  fixtures: true,
  refusesEmptyBody: true,
  downgrades: {
    'SHA-1 instead of SHA-256': (request, secret) =>
      withValue(request, header, () => hmac('sha1', secret.reveal(), [request.body]).toString('base64')),
    'hex instead of base64': (request, secret) =>
      withValue(request, header, () => hmac('sha256', secret.reveal(), [request.body]).toString('hex')),
    'base64url instead of base64': (request, secret) =>
      withValue(request, header, () => `${hmac('sha256', secret.reveal(), [request.body]).toString('base64url')}_`),
    'the signature without its padding': (request) => withValue(request, header, (value) => value.replace('=', '')),
    'the signature under another name': (request) => ({
      ...withoutHeader(request, header),
      headers: [...withoutHeader(request, header).headers, ['X-Shopify-Hmac-Sha1', valueOf(request, header)]],
    }),
  },
});

describe('the signature of Shopify', () => {
  it('equals the value that HMAC-SHA256 over the body gives, computed by hand', () => {
    const request = { ...subjectWith().request, headers: [], body: Buffer.from('{"id":1}') };

    // printf '{"id":1}' | openssl dgst -sha256 -hmac secret -binary | base64
    expect(shopifyScheme.sign(request, new Secret('secret'), 0).headers).toEqual([
      [header, 'A971iWIMgT8Zj9A9eWfikrFj7wQ16/Qwcc4OlRl2PLc='],
    ]);
  });

  it('counts under the headers of the newer events, too', () => {
    const subject = eventSubject();

    const request = signed(subject);

    expect(valueOf(request, header)).toBe('');
    expect(valueOf(request, 'shopify-hmac-sha256')).not.toBe('');
    expect(outcomeOf(subject, request)).toBe('accepted');
    expect(outcomeOf(subject, { ...request, body: Buffer.from('{}') })).toBe('signature_mismatch');
  });

  it('has to be right in both families of headers where both are there', () => {
    const subject = subjectWith();
    const request = signed(subject);
    const both = (value: string): ReceivedRequest => ({
      ...request,
      headers: [...request.headers, ['shopify-hmac-sha256', value]],
    });

    expect(outcomeOf(subject, both(valueOf(request, header)))).toBe('accepted');
    expect(outcomeOf(subject, both('AAAA'))).toBe('signature_mismatch');
    expect(
      outcomeOf(
        subject,
        withValue(both(valueOf(request, header)), header, () => 'AAAA'),
      ),
    ).toBe('signature_mismatch');
    expect(outcomeOf(subject, both(''))).toBe('missing_header');
  });
});

describe('a delivery of Shopify', () => {
  it('has ids of the body only: other delivery headers are the same event', () => {
    const [first] = normalize(paid.request.body).events;
    const [again] = normalize(paid.request.body, {
      'X-Shopify-Event-Id': 'another',
      'X-Shopify-Webhook-Id': 'another',
    }).events;

    expect(again?.identity).toEqual(first?.identity);
    expect(first?.identity).toEqual({
      basis: 'key',
      parts: ['orders/paid', 'gid://shopify/Order/8209829119461', '2026-03-02T11:00:05+01:00'],
    });
  });

  it('keeps ids that no JavaScript number holds', () => {
    const [event] = normalize('{"id":820982911946154509,"updated_at":"2026-03-02T11:00:05+01:00"}').events;

    expect(event?.entity).toEqual({ kind: 'order', id: '820982911946154509' });
    expect(event?.identity).toMatchObject({
      parts: ['orders/paid', '820982911946154509', '2026-03-02T11:00:05+01:00'],
    });
  });

  it('of another shop is kept whole and says nothing about this one', () => {
    const { verdict, reason, events } = normalize(paid.request.body, {
      'X-Shopify-Shop-Domain': 'other-shop.myshopify.com',
    });

    expect({ verdict, reason }).toEqual({
      verdict: 'unnormalised',
      reason: 'it is of another shop than the account of this source',
    });
    expect(events.map((event) => event.topic)).toEqual(['integration.event.v1']);
  });

  it('without a topic is passed on, and the verdict says so', () => {
    const { verdict, events } = normalize(paid.request.body, { 'X-Shopify-Topic': undefined });

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({ topic: 'integration.event.v1', payload: { originalType: null } });
  });

  it.for([
    ['orders/delete', '{"id":8209829119461}'],
    ['customers/redact', '{"shop_id":954889,"customer":{"id":191167}}'],
    ['customers/data_request', '{"shop_id":954889,"customer":{"id":191167},"data_request":{"id":9999}}'],
    ['shop/redact', '{"shop_id":954889,"shop_domain":"example-shop.myshopify.com"}'],
  ] as const)('of a thing that happens once is known by its content: %s', ([topic, body]) => {
    const ids = ['one', 'another', undefined].map(
      (id) => normalize(body, { 'X-Shopify-Topic': topic, 'X-Shopify-Event-Id': id }).events[0]?.identity,
    );

    expect(ids[0]?.basis).toBe('hash');
    expect(ids).toEqual([ids[0], ids[0], ids[0]]);
  });

  it('without a time, of a thing that may happen again, is known by the id of the event, too', () => {
    const idOf = (id: string): unknown =>
      normalize('{"id":1}', { 'X-Shopify-Topic': 'profiles/update', 'X-Shopify-Event-Id': id }).events[0]?.identity;

    expect(idOf('one')).toEqual(idOf('one'));
    expect(idOf('one')).not.toEqual(idOf('another'));
  });

  it('happened when the header says where the body says nothing, and is partial where neither does', () => {
    const headers = { 'X-Shopify-Topic': 'orders/delete' };

    const told = normalize('{"id":1}', headers);
    const silent = normalize('{"id":1}', { ...headers, 'X-Shopify-Triggered-At': undefined });

    expect(told.verdict).toBe('normalised');
    expect(told.events[0]?.occurred).toEqual({ at: Date.UTC(2026, 2, 2, 10, 0, 5, 123), estimated: false });
    expect(silent).toMatchObject({ verdict: 'partial', events: [{ occurred: { estimated: true } }] });
  });

  it('with a time that cannot be read is partial', () => {
    const { verdict, reason } = normalizeOrder({ updated_at: 'soon' });

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: 'not of the documented form: updated_at' });
  });

  it('of one body under two topics is two events', () => {
    const [created, updated] = ['orders/create', 'orders/updated'].map(
      (topic) => normalize(paid.request.body, { 'X-Shopify-Topic': topic }).events[0],
    );

    expect(created?.identity.basis).toBe('hash');
    expect(created?.identity).not.toEqual(updated?.identity);
    expect(created?.entity).toEqual({ kind: 'order', id: '8209829119461' });
  });

  it('in the headers of the newer events is named by topic and action', () => {
    const subject = eventSubject();

    const { events } = normalizeShopify(deliveryOf(subject, signed(subject)));

    expect(events[0]).toMatchObject({ payload: { originalType: 'Product/update' } });
  });

  it.for([
    ['EUR', '12.50', 1250],
    ['EUR', '12.5', 1250],
    ['JPY', '500', 500],
    ['JPY', '500.00', 500],
    ['KWD', '5.124', 5124],
    ['EUR', '90071992547409.90', 9007199254740990],
  ] as const)('counts %s %s exactly', ([currency, total, units]) => {
    const { events } = normalizeOrder({ currency, total_price: total });

    expect(events[0]?.payload).toMatchObject({ total: units });
  });

  it.for([
    ['EUR', '12.505'],
    ['JPY', '500.50'],
    ['EUR', '90071992547409.92'],
    ['EUR', '1e2'],
    ['EUR', '12,50'],
    ['QQQ', '12.50'],
    ['QQQ', '12'],
  ] as const)('states no amount that is not exact: %s %s', ([currency, total]) => {
    const { verdict, events } = normalizeOrder({ currency, total_price: total });

    expect(verdict).toBe('partial');
    expect(events[0]?.statedFields).not.toContain('total');
  });

  it('with taxes included states no amount before tax', () => {
    const { events } = normalizeOrder({ taxes_included: true });

    expect(events[0]?.statedFields).not.toContain('subtotal');
  });

  it.for([
    ['sale', 'success', 'payments.payment.succeeded'],
    ['capture', 'success', 'payments.payment.succeeded'],
    ['sale', 'pending', 'payments.payment.processing'],
    ['sale', 'failure', 'payments.payment.failed'],
    ['capture', 'error', 'payments.payment.failed'],
    ['authorization', 'success', 'integration.event.received'],
    ['void', 'success', 'integration.event.received'],
    ['refund', 'success', 'integration.event.received'],
    ['sale', 'unheard of', 'integration.event.received'],
  ] as const)('of a transaction of the kind %s with the status %s is %s', ([kind, status, type]) => {
    const { events } = normalizeFixture('order_transactions.create', { kind, status });

    expect(events.map((event) => event.type)).toEqual([type]);
  });

  it('of a refund adds up its transactions', () => {
    const { events } = normalizeFixture('refunds.create', {
      transactions: [movement('success', '1.10'), movement('success', '2.20'), { kind: 'sale', amount: '9.00' }],
    });

    expect(events[0]).toMatchObject({ type: 'payments.refund.succeeded', payload: { amount: 330, currency: 'EUR' } });
  });

  it.for([
    ['success', 'pending', 'payments.refund.created'],
    ['success', 'failure', 'payments.refund.created'],
    ['failure', 'error', 'payments.refund.failed'],
  ] as const)('of a refund whose transactions are %s and %s is %s', ([one, other, type]) => {
    const { events } = normalizeFixture('refunds.create', {
      transactions: [movement(one, '1.00'), movement(other, '1.00')],
    });

    expect(events[0]?.type).toBe(type);
  });

  it('of a refund that only takes goods back states no money', () => {
    const { verdict, events } = normalizeFixture('refunds.create', { transactions: [] });

    expect(verdict).toBe('normalised');
    expect(events[0]?.type).toBe('payments.refund.created');
    expect(events[0]?.statedFields).not.toContain('amount');
  });

  it('of a refund in two currencies states no sum', () => {
    const { verdict, events } = normalizeFixture('refunds.create', {
      transactions: [movement('success', '1.00'), { ...movement('success', '1.00'), currency: 'USD' }],
    });

    expect(verdict).toBe('partial');
    expect(events[0]?.statedFields).not.toContain('amount');
  });
});

function subjectWith(): Subject<ShopifyOptions> {
  const settings = settingsWith(shopify, { options: {}, account });
  const request = requestOf(paid, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: shopify, settings, request, nowMs: conformanceNowMs };
}

/** A delivery of the newer family of headers. */
function eventSubject(): Subject<ShopifyOptions> {
  const subject = subjectWith();
  const headers = [
    ['shopify-topic', 'Product'],
    ['shopify-action', 'update'],
    ['shopify-shop-domain', account],
  ] as const;
  return { ...subject, request: { ...subject.request, headers } };
}

type Headers = Readonly<Record<string, string | undefined>>;

/** The body with the headers of a paid order, some of them replaced or left out. */
function normalize(body: string | Uint8Array, headers: Headers = {}): ReturnType<typeof normalizeShopify> {
  const subject = subjectWith();
  let request: ReceivedRequest = { ...subject.request, body: Buffer.from(body) };
  for (const [name, value] of Object.entries(headers)) {
    request = value === undefined ? withoutHeader(request, name) : withValue(request, name, () => value);
  }
  return normalizeShopify(deliveryOf(subject, shopify.sign(request, subject.settings, subject.nowMs)));
}

/** A fixture with members replaced. JSON.parse rounds its ids, which does not matter here. */
function normalizeFixture(name: string, members: object): ReturnType<typeof normalizeShopify> {
  const { request } = loadFixture('shopify', name);
  const body: object = JSON.parse(Buffer.from(request.body).toString('utf8'));
  return normalize(JSON.stringify({ ...body, ...members }), {
    'X-Shopify-Topic': request.headers.find(([given]) => given === 'X-Shopify-Topic')?.[1],
  });
}

function normalizeOrder(members: object): ReturnType<typeof normalizeShopify> {
  return normalizeFixture('orders.paid', members);
}

function movement(status: string, amount: string): object {
  return { id: 1, kind: 'refund', status, amount, currency: 'EUR', parent_id: 2, test: false };
}

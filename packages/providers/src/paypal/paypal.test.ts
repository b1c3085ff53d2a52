import { createSign } from 'node:crypto';
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import type { SourceSettings } from '../contract/settings.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { makeSampleCertificate, type Validity } from '../schemes/sample-certificate.ts';
import { deliveryOf, outcomeOf, settingsWith, signed, type Subject } from '../testing/conformance.ts';
import { withSameChecksum } from '../testing/coverage-cases.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { paypal } from './index.ts';
import { normalizePaypal } from './normalize.ts';
import type { PaypalOptions } from './options.ts';

const account = 'RD465XN5VS364';
const completed = loadFixture('paypal', 'PAYMENT.CAPTURE.COMPLETED');

describeProvider(paypal, {
  options: { environment: 'sandbox' },
  account,
  request: completed.request,
  fixtures: true,
  gap: (request) => withSameChecksum(request)[0] ?? request,
  downgrades: {
    'another algorithm in the header': (request) => withValue(request, 'PAYPAL-AUTH-ALGO', () => 'SHA1withRSA'),
    'the algorithm in another letter case': (request) => withValue(request, 'PAYPAL-AUTH-ALGO', () => 'sha256withrsa'),
    'SHA-1 instead of SHA-256': (request, secret) => {
      const message = messageOf(request, secret.reveal().split('\n')[0] ?? '');
      return withSignature(request, createSign('sha1').update(message).sign(keyOf(secret)));
    },
    'a signature for no webhook': (request, secret) =>
      withSignature(request, createSign('sha256').update(messageOf(request, '')).sign(keyOf(secret))),
    'the signature of the body alone': (request, secret) =>
      withSignature(request, createSign('sha256').update(request.body).sign(keyOf(secret))),
  },
});

describe("PayPal's certificate", () => {
  const url = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-5edc0ebc';
  const webhookId = '8PT597110X687430L';
  const name = 'messageverificationcerts.paypal.com';
  const theirs = makeSampleCertificate(name);

  /** A live source as one is configured: the webhook id, and what the ingress fetched. */
  function settings(keyMaterial?: ReadonlyMap<string, Uint8Array>): SourceSettings<PaypalOptions> {
    const secrets = [new Secret(webhookId)];
    const plain = settingsWith(paypal, { options: {}, account, secrets });
    return keyMaterial === undefined ? plain : { ...plain, keyMaterial };
  }

  function fetched(pem: string, from = url): ReadonlyMap<string, Uint8Array> {
    return new Map([[from, Buffer.from(pem)]]);
  }

  function request(certificateUrl = url, privateKey = theirs.privateKey): ReceivedRequest {
    const headers = [
      ['PAYPAL-TRANSMISSION-ID', '69cd13f0-d67a-11e5-baa3-778b53f4ae55'],
      ['PAYPAL-TRANSMISSION-TIME', '2026-03-02T09:00:07Z'],
      ['PAYPAL-CERT-URL', certificateUrl],
      ['PAYPAL-AUTH-ALGO', 'SHA256withRSA'],
      ['PAYPAL-TRANSMISSION-SIG', ''],
    ] as const;
    const unsigned = { ...requestOf(completed, 'https://hooks.example.com/hooks/src_fixture'), headers };
    return withSignature(unsigned, createSign('sha256').update(messageOf(unsigned, webhookId)).sign(privateKey));
  }

  function outcome(given: ReceivedRequest, keyMaterial?: ReadonlyMap<string, Uint8Array>): string {
    return outcomeOf(subjectWith(settings(keyMaterial)), given);
  }

  it('is asked for by its address, once it is fetched it proves the request', () => {
    const needs = paypal.keyMaterial?.(request(), settings());

    expect(needs).toEqual([{ url, maxBytes: 65_536 }]);
    expect(outcome(request(), fetched(theirs.certificate))).toBe('accepted');
  });

  it('that was not fetched proves nothing', () => {
    expect(outcome(request())).toBe('unknown_key');
    expect(outcome(request(), fetched(theirs.certificate, `${url}0`))).toBe('unknown_key');
  });

  it.for([
    'http://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com.example.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com@example.com/v1/notifications/certs/CERT-1',
    'https://example.com/api.paypal.com/v1/notifications/certs/CERT-1',
    'https://apixpaypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com:8443/v1/notifications/certs/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/../../CERT-1',
    'https://api.paypal.com/v1/notifications/certs/CERT-1?x=1',
    'https://api.paypal.com/v1/notifications/certs/CERT-1#x',
    'https://api.paypal.com/v1/notifications/certs/CERT-1\u000ax',
    'https://API.PAYPAL.COM/v1/notifications/certs/CERT-1',
    'https://169.254.169.254/v1/notifications/certs/CERT-1',
    'file:///v1/notifications/certs/CERT-1',
  ])('is never fetched from %s, and does not count from there', (elsewhere) => {
    const forged = request(elsewhere);

    expect(paypal.keyMaterial?.(forged, settings())).toEqual([]);
    expect(outcome(forged, fetched(theirs.certificate, elsewhere))).toMatch(/^(unknown_key|malformed_header)$/);
  });

  it('is never fetched from two addresses', () => {
    const doubled = { ...request(), headers: [...request().headers, ['paypal-cert-url', url] as const] };

    expect(paypal.keyMaterial?.(doubled, settings())).toEqual([]);
  });

  it.for([
    ['is in force from tomorrow', { from: '260303000000Z', to: '491231235959Z' }],
    ['expired yesterday', { from: '200101000000Z', to: '260301235959Z' }],
  ] as const)('that %s proves nothing', ([, validity]: readonly [string, Validity]) => {
    const dated = makeSampleCertificate(name, { validity, privateKey: theirs.privateKey });

    expect(outcome(request(url, dated.privateKey), fetched(dated.certificate))).toBe('unknown_key');
  });

  it.for(['example.com', 'messageverificationcerts.example.com', 'paypal.com', `${name}.example.com`])(
    'in the name of %s proves nothing',
    (other) => {
      const named = makeSampleCertificate(other, { privateKey: theirs.privateKey });

      expect(outcome(request(url, named.privateKey), fetched(named.certificate))).toBe('unknown_key');
    },
  );

  it('of a weak key proves nothing', () => {
    const weak = makeSampleCertificate(name, { modulusLength: 1_024 });

    expect(outcome(request(url, weak.privateKey), fetched(weak.certificate))).toBe('unknown_key');
  });

  it('may come with those above it', () => {
    const above = makeSampleCertificate('A certificate authority', { privateKey: theirs.privateKey });

    expect(outcome(request(), fetched(`${above.certificate}${theirs.certificate}`))).toBe('accepted');
  });

  it.for([
    ['nothing', ''],
    ['no certificate', '<html>Not found</html>'],
    ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['more than a certificate can be', 'x'.repeat(65_537)],
  ] as const)('that is %s proves nothing', ([, pem]) => {
    expect(outcome(request(), fetched(pem))).toBe('unknown_key');
  });

  it('of another key proves nothing', () => {
    const other = makeSampleCertificate(name);

    expect(outcome(request(), fetched(other.certificate))).toBe('signature_mismatch');
  });

  it('proves a delivery for this webhook only', () => {
    const other = { ...settings(fetched(theirs.certificate)), secrets: [new Secret('8PT597110X687430M')] };

    expect(outcomeOf(subjectWith(other), request())).toBe('signature_mismatch');
  });

  it('of a sample counts for a source whose secret brings it, and for no other', () => {
    const sample = settingsWith(paypal, { options: {}, account });
    const both = { ...sample, secrets: [new Secret(webhookId), ...sample.secrets] };
    const sent = signed(subjectWith(sample));

    expect(outcomeOf(subjectWith(sample), sent)).toBe('accepted');
    expect(outcomeOf(subjectWith(both), sent)).toBe('accepted');
    expect(outcome(sent)).toBe('unknown_key');
    expect(paypal.keyMaterial?.(sent, settings())).toEqual([]);
  });

  it('of a sample counts for nothing that names another one', () => {
    const sample = settingsWith(paypal, { options: {}, account });
    const [secret] = sample.secrets;
    const sent = signed(subjectWith(sample));

    const renamed = withValue(sent, 'PAYPAL-CERT-URL', () => url);

    expect(secret).toBeDefined();
    expect(outcomeOf(subjectWith(sample), renamed)).toBe('unknown_key');
  });
});

describe('a PayPal event', () => {
  it('is known by its own id, whatever the transmission', () => {
    const { events } = normalizeText(completed.request.body);

    expect(events[0]?.identity).toEqual({ basis: 'id', id: completed.freshIds[0] });
  });

  it.for([
    ['EUR', '49.90', 4990],
    ['JPY', '500', 500],
    ['TND', '1.234', 1234],
    ['HUF', '100', 10_000],
  ] as const)('counts %s %s in minor units, exactly', ([currency, value, units]) => {
    const { events } = normalizeResource('PAYMENT.CAPTURE.COMPLETED', { amount: { currency_code: currency, value } });

    expect(events[0]?.payload).toMatchObject({ amount: units, currency });
  });

  it('states no amount that is not exact', () => {
    const amount = { currency_code: 'JPY', value: '500.5' };

    const { verdict, events } = normalizeResource('PAYMENT.CAPTURE.COMPLETED', { amount });

    expect(verdict).toBe('partial');
    expect(events[0]?.statedFields).not.toContain('amount');
  });

  it.for([
    ['COMPLETED', 'payments.refund.succeeded'],
    ['PENDING', 'payments.refund.created'],
    ['FAILED', 'payments.refund.failed'],
    ['CANCELLED', 'payments.refund.failed'],
  ] as const)('of a refund with the status %s is %s', ([status, type]) => {
    const { events } = normalizeResource('PAYMENT.CAPTURE.REFUNDED', { status });

    expect(events[0]?.type).toBe(type);
  });

  it('of an authorization whose order has a blank id is passed on as one without an order', () => {
    const supplementary_data = { related_ids: { order_id: '' } };

    const { verdict, events } = normalizeResource('PAYMENT.AUTHORIZATION.CREATED', { supplementary_data, links: [] });

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({ type: 'integration.event.received', entity: { kind: 'authorization' } });
  });

  it('of a refund without a link upwards names no payment', () => {
    const { events } = normalizeResource('PAYMENT.CAPTURE.REFUNDED', { links: [] });

    expect(events[0]?.statedFields).not.toContain('paymentId');
  });

  it.for([
    ['RESOLVED_BUYER_FAVOUR', 'lost'],
    ['RESOLVED_SELLER_FAVOUR', 'won'],
    ['CANCELED_BY_BUYER', 'withdrawn'],
    ['RESOLVED_WITH_PAYOUT', 'RESOLVED_WITH_PAYOUT'],
  ] as const)('of a dispute that ended with %s says %s', ([code, outcome]) => {
    const { events } = normalizeResource('CUSTOMER.DISPUTE.RESOLVED', { dispute_outcome: { outcome_code: code } });

    expect(events[0]?.payload).toMatchObject({ outcome, stage: 'inquiry', paymentId: '42311647XV020574X' });
  });

  it('of a dispute leaves out what people wrote', () => {
    const { events } = normalizeResource('CUSTOMER.DISPUTE.CREATED', { messages: [{ content: 'marker' }] });

    expect(JSON.stringify(events)).not.toContain('marker');
  });

  it.for([
    ['BILLING.SUBSCRIPTION.UPDATED', 'CANCELLED', 1],
    ['BILLING.SUBSCRIPTION.UPDATED', 'EXPIRED', 1],
    ['BILLING.SUBSCRIPTION.UPDATED', 'SUSPENDED', undefined],
  ] as const)('%s with the status %s has the lead %s', ([name, status, lead]) => {
    const { events } = normalizeResource(name, { status });

    expect(events[0]?.lead).toBe(lead);
  });

  it('of an order of several units states no sum of them', () => {
    const unit = { amount: { currency_code: 'EUR', value: '1.00' } };

    const { verdict, events } = normalizeResource('CHECKOUT.ORDER.APPROVED', { purchase_units: [unit, unit] });

    expect(verdict).toBe('normalised');
    expect(events[0]?.statedFields).not.toContain('total');
  });

  it.for([
    ['Active', 'active', undefined],
    ['Pending', 'pending', undefined],
    ['Suspended', 'paused', undefined],
    ['Canceled', 'canceled', 1],
    ['Cancelled', 'canceled', 1],
  ] as const)('of an older agreement that is %s is of the same subscription, %s', ([state, status, lead]) => {
    const { verdict, events } = normalizeResource('BILLING.SUBSCRIPTION.RE-ACTIVATED', { state });

    expect(verdict).toBe('normalised');
    expect(events[0]).toMatchObject({ entity: { kind: 'subscription', id: 'I-BW452GLLEP1G' }, payload: { status } });
    expect(events[0]?.lead).toBe(lead);
  });

  it.for([
    ['PAID', 'payments.invoice.paid', 'paid'],
    ['MARKED_AS_PAID', 'payments.invoice.paid', 'paid'],
    ['PARTIALLY_PAID', 'payments.invoice.updated', 'finalized'],
    ['PAYMENT_PENDING', 'payments.invoice.updated', 'finalized'],
  ] as const)('of a paid invoice that is %s is %s', ([providerStatus, type, status]) => {
    const text = Buffer.from(loadFixture('paypal', 'INVOICING.INVOICE.PAID').request.body).toString('utf8');

    const { events } = normalizeText(text.replace('"status": "PAID"', `"status": "${providerStatus}"`));

    expect(events[0]).toMatchObject({ type, payload: { status, providerStatus } });
  });

  it("of a capture of PayPal's first API counts its money, too", () => {
    const { verdict, events } = normalizeResource('PAYMENT.CAPTURE.COMPLETED', {
      amount: { total: '6.00', currency: 'EUR' },
    });

    expect(verdict).toBe('normalised');
    expect(events[0]?.payload).toMatchObject({ amount: 600, currency: 'EUR' });
  });

  it('at a time that is none is partial', () => {
    const text = Buffer.from(completed.request.body).toString('utf8');

    // As PayPal's own samples write it.
    const { verdict, reason } = normalizeText(
      text.replace(/"create_time": "2026-03-02T09:02[^"]*"/, '"create_time": "2018-19-12T22:20:32.000Z"'),
    );

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: 'not found or not usable: create_time' });
  });

  it.for([
    ['a body that is no object', '[1]'],
    ['no id', '{"event_type":"PAYMENT.CAPTURE.COMPLETED"}'],
    ['no type', '{"id":"WH-1"}'],
    ['an id longer than an id can be', `{"id":"${'W'.repeat(1_025)}","event_type":"X"}`],
  ] as const)('with %s is kept whole, under its id or as what it says', ([, body]) => {
    const { verdict, events } = normalizeText(body);

    expect(verdict).toBe('unnormalised');
    expect(events[0]).toMatchObject({ account, payload: { body: Buffer.from(body) } });
    expect(events[0]?.identity).toMatchObject(withUsableId.test(body) ? { basis: 'id' } : { basis: 'hash' });
  });
});

/** What PayPal signs, by its documentation. */
function messageOf(request: ReceivedRequest, webhookId: string): string {
  const [id, time] = ['PAYPAL-TRANSMISSION-ID', 'PAYPAL-TRANSMISSION-TIME'].map((name) => valueOf(request, name));
  return `${id}|${time}|${webhookId}|${crc32(request.body)}`;
}

function withSignature(request: ReceivedRequest, signature: Buffer): ReceivedRequest {
  return withValue(request, 'PAYPAL-TRANSMISSION-SIG', () => signature.toString('base64'));
}

function keyOf(secret: Secret): string {
  return /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(secret.reveal())?.[0] ?? '';
}

const sampleSettings = settingsWith(paypal, { options: { environment: 'sandbox' }, account });

function subjectWith(settings: SourceSettings<PaypalOptions> = sampleSettings): Subject<PaypalOptions> {
  const request = requestOf(completed, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: paypal, settings, request, nowMs: conformanceNowMs };
}

/** The event of a fixture with members of its resource replaced. */
function normalizeResource(fixture: string, members: object): ReturnType<typeof normalizePaypal> {
  const body: { readonly resource: object } = JSON.parse(
    Buffer.from(loadFixture('paypal', fixture).request.body).toString('utf8'),
  );
  return normalizeText(JSON.stringify({ ...body, resource: { ...body.resource, ...members } }));
}

function normalizeText(body: string | Uint8Array): ReturnType<typeof normalizePaypal> {
  const subject = subjectWith();
  const request = paypal.sign({ ...subject.request, body: Buffer.from(body) }, subject.settings, subject.nowMs);
  return normalizePaypal(deliveryOf(subject, request));
}

const withUsableId = /"id":"[^"]{1,1024}"/;

import { describe, expect, it } from 'vitest';

import { Secret } from '../contract/secret.ts';
import { loadFixture } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { outcomeOf, signed } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withValue } from '../testing/tampering.ts';
import { stripe } from './index.ts';
import { normalizeBody, normalizeText, subjectWith } from './testing/bodies.ts';
import { stripeScheme } from './verify.ts';

const paid = loadFixture('stripe', 'payment_intent.succeeded');

describeProvider(stripe, {
  options: { modes: ['test'] },
  account: 'acct_demo',
  request: paid.request,
  signAt: (request, settings, timestamp) =>
    stripeScheme.signAt(request, settings.secrets[0] ?? new Secret(''), timestamp),
  fixtures: true,
  downgrades: {
    'v0 instead of v1': (request) => withValue(request, 'Stripe-Signature', (value) => value.replace('v1=', 'v0=')),
    'SHA-1 instead of SHA-256': (request, secret) =>
      withValue(request, 'Stripe-Signature', (value) => {
        const time = value.slice(2, value.indexOf(','));
        return `t=${time},v1=${hmac('sha1', secret.reveal(), [time, '.', request.body]).toString('hex')}`;
      }),
    'a signature over the body alone': (request, secret) =>
      withValue(request, 'Stripe-Signature', (value) =>
        value.replace(/v1=.*/, `v1=${hmac('sha256', secret.reveal(), [request.body]).toString('hex')}`),
      ),
    'a key without its whsec_': (request, secret) => {
      const stripped = new Secret(secret.reveal().replace('whsec_', ''));
      return stripeScheme.sign(request, stripped, conformanceNowMs);
    },
    'the signature in upper case': (request) =>
      withValue(request, 'Stripe-Signature', (value) =>
        value.replace(/v1=.*/, (text) => `v1=${text.slice(3).toUpperCase()}`),
      ),
  },
});

describe('Stripe-Signature', () => {
  it('may carry several v1 signatures, of which one counts, and any v0', () => {
    const subject = subjectWith();
    const request = signed(subject);
    const other = 'a'.repeat(64);

    const rolled = withValue(
      request,
      'Stripe-Signature',
      (value) => `${value.replace('v1=', `v1=${other},v1=`)},v0=${other}`,
    );

    expect(outcomeOf(subject, rolled)).toBe('accepted');
  });

  it('is refused with more v1 signatures than a roll can need', () => {
    const subject = subjectWith();

    const flooded = withValue(
      signed(subject),
      'Stripe-Signature',
      (value) => `${value}${`,v1=${'a'.repeat(64)}`.repeat(16)}`,
    );

    expect(outcomeOf(subject, flooded)).toBe('malformed_header');
  });

  it('is refused with two times: nobody can say which one is signed', () => {
    const subject = subjectWith();

    const doubled = withValue(
      signed(subject),
      'Stripe-Signature',
      (value) => `${value},${value.slice(0, value.indexOf(','))}`,
    );

    expect(outcomeOf(subject, doubled)).toBe('malformed_header');
  });

  it('equals the value that HMAC-SHA256 over "<time>.<body>" gives, computed by hand', () => {
    const request = stripeScheme.signAt(
      {
        method: 'POST',
        target: '/',
        publicUrl: 'https://h.example/',
        headers: [],
        body: Buffer.from('{"id":"evt_1"}'),
      },
      new Secret('whsec_test'),
      '1772446530',
    );

    // printf '1772446530.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
    expect(valueOf(request, 'Stripe-Signature')).toBe(
      't=1772446530,v1=21308010b1e1de103a4c59ff639a705b532a6839a6902745826b1c3981935cd8',
    );
  });
});

describe('a Stripe event', () => {
  it('is ignored in a mode the source does not list', () => {
    const { verdict, events } = normalizeBody({ ...paidEvent(), livemode: true });

    expect({ verdict, events }).toEqual({ verdict: 'ignored', events: [] });
  });

  it('is of live mode by default', () => {
    const { verdict, events } = normalizeBody({ ...paidEvent(), livemode: true }, {});

    expect(verdict).toBe('normalised');
    expect(events.map((event) => event.account)).toEqual(['acct_demo.live']);
  });

  it('of a connected account belongs to that account', () => {
    const { events } = normalizeBody({ ...paidEvent(), account: 'acct_connected' });

    expect(events.map((event) => event.account)).toEqual(['acct_connected.test']);
  });

  it('that is thin belongs to the account of its context', () => {
    const thin = {
      id: 'evt_1',
      object: 'v2.core.event',
      type: 'v1.x',
      livemode: false,
      created: 'soon',
      context: 'acct_9',
    };

    const { verdict, events } = normalizeBody(thin);

    // Its time is none.
    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({
      account: 'acct_9.test',
      entity: { kind: 'event', id: 'evt_1' },
      occurred: { estimated: true },
    });
  });

  it('keeps amounts exact up to the greatest number a record can hold, and states none beyond it', () => {
    const text = JSON.stringify(paidEvent());
    const withAmount = (amount: string): ReturnType<typeof normalizeBody> =>
      normalizeText(text.replace('"amount":4990', `"amount":${amount}`));

    const exact = withAmount('9007199254740990');
    const first = withAmount('9007199254740991');
    const beyond = withAmount('9007199254740993');

    expect(exact.events[0]?.payload).toMatchObject({ amount: 9007199254740990 });
    expect(first.events[0]?.payload).toMatchObject({ amount: null });
    expect(beyond.verdict).toBe('partial');
    expect(beyond.reason).toBe('not of the documented form: amount');
    expect(beyond.events[0]?.payload).toMatchObject({ amount: null, amountReceived: 4990 });
    expect(beyond.events[0]?.statedFields).not.toContain('amount');
  });

  it('states null where the snapshot says null, and nothing where it is silent', () => {
    const { last_payment_error: _error, latest_charge: _charge, ...silent } = paidEvent().data.object;

    const { events } = normalizeBody({ ...paidEvent(), data: { object: { ...silent, customer: null } } });

    expect(events[0]?.statedFields).toContain('customerId');
    expect(events[0]?.payload).toMatchObject({ customerId: null });
    expect(events[0]?.statedFields).not.toContain('failureCode');
    expect(events[0]?.statedFields).not.toContain('chargeId');
    expect(events[0]?.statedFields).not.toContain('paymentMethodType');
  });

  it('reads an expanded object as its id', () => {
    const event = paidEvent();

    const { events } = normalizeBody({
      ...event,
      data: { object: { ...event.data.object, customer: { id: 'cus_9', object: 'customer', email: 'x@example.com' } } },
    });

    expect(events[0]?.payload).toMatchObject({ customerId: 'cus_9' });
  });

  it.for([
    ['a body that is not JSON', 'not json'],
    ['a body that is no object', '[1]'],
    [
      'a member named twice, deep inside',
      '{"id":"evt_1","object":"event","type":"a","livemode":false,"data":{"object":{"id":"a","id":"b"}}}',
    ],
    ['an event without an id', '{"object":"event","type":"a","livemode":false}'],
    ['an id longer than an id can be', `{"id":"${'e'.repeat(1_025)}","object":"event","type":"a","livemode":false}`],
    [
      'an id that is not UTF-8',
      Buffer.from('{"id":"evt_\xff","object":"event","type":"a","livemode":false}', 'latin1'),
    ],
  ] as const)('with %s is kept whole, as what it says', ([, body]) => {
    const { verdict, reason, events } = normalizeText(body);

    expect(verdict).toBe('unnormalised');
    expect(reason).not.toBe('');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      topic: 'integration.event.v1',
      account: 'acct_demo',
      identity: { basis: 'hash' },
      payload: { body: Buffer.from(body) },
    });
  });

  it('without a mode is kept whole under its id, which is the same when it is sent again', () => {
    const { verdict, events } = normalizeText('{"id":"evt_1","object":"event","type":"a"}');

    expect(verdict).toBe('unnormalised');
    expect(events).toMatchObject([{ identity: { basis: 'id', id: 'evt_1' }, payload: { originalType: 'a' } }]);
  });

  it('named after a PaymentIntent that carries something else is passed on, and the verdict says so', () => {
    const { verdict, events } = normalizeBody({ ...paidEvent(), data: { object: { id: 'ch_1', object: 'charge' } } });

    expect(verdict).toBe('partial');
    expect(events[0]).toMatchObject({
      topic: 'integration.event.v1',
      identity: { basis: 'id' },
      entity: { kind: 'charge', id: 'ch_1' },
    });
  });

  it('of one payment shares the payment id through its whole history', () => {
    const history = ['created', 'requires_action', 'payment_failed', 'processing', 'succeeded'];

    const entities = history.map(
      (name) => normalizeText(loadFixture('stripe', `payment_intent.${name}`).request.body).events[0]?.entity.id,
    );

    expect(new Set(entities)).toEqual(new Set(['pi_3Tkl7Demo0Payment0001']));
  });
});

function paidEvent(): { livemode: boolean; data: { object: Record<string, unknown> } } {
  return JSON.parse(Buffer.from(paid.request.body).toString('utf8'));
}

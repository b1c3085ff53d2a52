import { describe, expect, it } from 'vitest';

import type { WebhookMessage } from '../message.ts';
import { formatNames, formats } from './index.ts';

const message: WebhookMessage = {
  type: 'payments.payment.succeeded',
  timestamp: '2026-03-02T10:15:30.250Z',
  data: { status: 'succeeded', amount: 1_099, currency: 'EUR' },
  trunkline: {
    id: 'evt_47fca7c8db0b51af89a63cf6e0ed9357',
    tenant: 'tnt_acme',
    source: 'src_stripe',
    provider: 'stripe',
    account: 'acct_1.live',
    entity: { kind: 'payment_intent', id: 'pi "1" é', version: '01.x' },
    estimated: false,
    correction: 0,
    about: { changeSource: 'import' },
  },
};

const parsed = (body: Buffer): unknown => JSON.parse(body.toString('utf8'));

describe.each(formatNames)('the format %s', (name) => {
  it('gives the same bytes each time, and says what they are', () => {
    const once = formats[name](message);

    expect(formats[name](structuredClone(message))).toEqual(once);
    expect(once.headers['content-type']).toMatch(/^application\/(?:cloudevents\+)?json$/);
  });

  it('has headers that can be sent', () => {
    for (const value of Object.values(formats[name](message).headers)) expect(value).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe('the formats', () => {
  it('standard: the message as it is', () => {
    expect(parsed(formats.standard(message).body)).toEqual(message);
  });

  it('thin: which event, and nothing of what it says', () => {
    const sent = parsed(formats.thin(message).body);

    expect(sent).toEqual({ ...message, data: {}, trunkline: { ...message.trunkline, about: undefined } });
    expect(JSON.stringify(sent)).not.toMatch(/1099|import/);
  });

  it('cloudevents: one event, its attributes beside the data', () => {
    const { headers, body } = formats.cloudevents(message);

    expect(headers).toEqual({ 'content-type': 'application/cloudevents+json' });
    expect(parsed(body)).toEqual({
      specversion: '1.0',
      id: message.trunkline.id,
      source: '/tenants/tnt_acme/sources/src_stripe',
      type: message.type,
      time: message.timestamp,
      subject: 'payment_intent/pi "1" é',
      provider: 'stripe',
      account: 'acct_1.live',
      entityversion: '01.x',
      timeestimated: false,
      correction: 0,
      datacontenttype: 'application/json',
      data: message.data,
    });
  });

  it('cloudevents-binary: the same attributes as headers, percent-encoded where a header could not hold them', () => {
    const { headers, body } = formats['cloudevents-binary'](message);

    expect(parsed(body)).toEqual(message.data);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': message.trunkline.id,
      'ce-source': '/tenants/tnt_acme/sources/src_stripe',
      'ce-subject': 'payment_intent/pi%20%221%22%20%C3%A9',
      'ce-time': message.timestamp,
      'ce-timeestimated': 'false',
    });
    expect(decodeURIComponent(headers['ce-subject'] ?? '')).toBe('payment_intent/pi "1" é');
  });
});

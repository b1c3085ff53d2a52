import { defineHandler } from '@trunkline/consumer';
import { applicable } from '@trunkline/consumer/testing';
import { catalogue } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

import { paymentRecord } from '../testing/payments.ts';
import { paymentHandler, projectionEvent } from './payment.ts';

type PaymentEvent = Parameters<typeof projectionEvent>[0];
const eventOf = (record: ReturnType<typeof paymentRecord>): PaymentEvent =>
  applicable(defineHandler(paymentHandler), record).event as PaymentEvent;

describe('what a payment event says', () => {
  it('is the fields it states and no others', () => {
    const event = projectionEvent(eventOf(paymentRecord('processing', 1_000, { amount: 500, currency: null })));

    expect(event.fields).toEqual({ status: 'processing', amount: 500, currency: null });
  });

  it('is about the entity that the envelope names', () => {
    const event = projectionEvent(eventOf(paymentRecord('created', 1_000)));

    expect(event.key).toEqual({
      tenantId: 'tnt_a',
      provider: 'stripe',
      account: 'acct_1.live',
      kind: 'payment',
      entityId: 'pi_1',
    });
  });

  it('leaves out a field of a release newer than this one', () => {
    const record = paymentRecord('created', 1_000);
    const newer = { ...record, metadata: { ...record.metadata, statedFields: ['status', 'colour', '__proto__'] } };

    expect(projectionEvent(eventOf(newer)).fields).toEqual({ status: 'created' });
  });
});

describe('the payment handler', () => {
  it('wants every type of its topic', () => {
    expect(new Set(paymentHandler.types)).toEqual(new Set(Object.keys(catalogue['payments.payment.v1'].types)));
  });
});

import { describe, expect, it } from 'vitest';

import { loadFixture } from '../fixtures.ts';
import { sealedFixture } from '../testing/fixture-outcome.ts';
import { describePurchase } from '../testing/purchase-cases.ts';
import { stripe } from './index.ts';

describePurchase(stripe, {
  title: 'by direct debit in Checkout, partly refunded',
  fixtures: [
    'payment_intent.created',
    'payment_intent.requires_action',
    'charge.failed',
    'payment_intent.payment_failed',
    'payment_intent.processing',
    'charge.pending',
    'checkout.session.completed.unpaid',
    'charge.succeeded',
    'payment_intent.succeeded',
    'checkout.session.async_payment_succeeded',
    'charge.updated',
    'charge.refunded',
  ],
  payment: 'payment_intent/pi_3Tkl7Demo0Payment0001',
  others: ['checkout.session/cs_test_a1Tkl7DemoCheckout0002'],
});

describePurchase(stripe, {
  title: 'by a charge without an intent, authorised, captured, refunded',
  fixtures: ['charge.succeeded.authorised', 'charge.captured.direct', 'charge.refunded.direct'],
  payment: 'charge/ch_1Tkl7DemoDirect01',
});

describe('a charge', () => {
  it('of an intent says nothing that the intent says', () => {
    const stated = (name: string): readonly string[] =>
      sealedFixture(stripe, loadFixture('stripe', name)).events.flatMap(({ record }) => record.metadata.statedFields);

    const ofIntent = new Set(stated('payment_intent.succeeded'));

    expect(stated('charge.succeeded').filter((field) => ofIntent.has(field))).toEqual([]);
  });

  it('without an intent stays one that succeeded when it is refunded: the version of what came back is not older', () => {
    const [paid, refunded] = ['charge.succeeded.direct', 'charge.refunded.direct'].map(
      (name) => sealedFixture(stripe, loadFixture('stripe', name)).events[0]?.record,
    );

    expect(refunded).toMatchObject({ status: 'succeeded', amountRefunded: 4990 });
    expect(String(refunded?.metadata.entityVersion) > String(paid?.metadata.entityVersion)).toBe(true);
  });
});

describe('the twin of an invoice', () => {
  it('is about the same invoice, with the same fields', () => {
    const [paid, twin] = ['invoice.paid', 'invoice.payment_succeeded'].map(
      (name) => sealedFixture(stripe, loadFixture('stripe', name)).events[0],
    );

    expect(twin?.subject).toBe(paid?.subject);
    expect({ ...twin?.record, metadata: null }).toEqual({ ...paid?.record, metadata: null });
  });
});

import { describe, expect, it } from 'vitest';

import { loadFixture } from '../fixtures.ts';
import { sealedFixture } from '../testing/fixture-outcome.ts';
import { describePurchase } from '../testing/purchase-cases.ts';
import { shopify } from './index.ts';

describePurchase(shopify, {
  title: 'through the checkout, delivered and refunded',
  fixtures: [
    'checkouts.create',
    'orders.create',
    'order_transactions.create.authorization',
    'order_transactions.create',
    'checkouts.update',
    'orders.paid',
    'orders.updated',
    'orders.edited',
    'fulfillments.create',
    'orders.fulfilled',
    'fulfillments.update',
    'refunds.create',
    'orders.cancelled',
  ],
  payment: paymentOf('order_transactions.create'),
  others: ['checkout/36712345678901', 'order/8209829119461', paymentOf('refunds.create')],
});

function paymentOf(fixture: string): string {
  return sealedFixture(shopify, loadFixture('shopify', fixture)).events[0]?.subject ?? '';
}

describe('an order', () => {
  it.for([
    ['orders.create', 'completed', 'unpaid', 'unfulfilled'],
    ['orders.paid', 'completed', 'paid', 'unfulfilled'],
    ['orders.paid.pending', 'completed', 'unpaid', 'unfulfilled'],
    ['orders.fulfilled', 'completed', 'paid', 'fulfilled'],
    ['orders.cancelled', 'canceled', 'refunded', 'unfulfilled'],
    ['orders.cancelled.open', 'completed', 'paid', 'unfulfilled'],
  ] as const)(
    'has the state that it says, whatever the topic: %s',
    ([name, status, paymentStatus, fulfillmentStatus]) => {
      const [event] = sealedFixture(shopify, loadFixture('shopify', name)).events;

      expect(event?.record).toMatchObject({ status, paymentStatus, fulfillmentStatus });
    },
  );

  it('learns from a fulfillment where its shipment is, and nothing else', () => {
    const [event] = sealedFixture(shopify, loadFixture('shopify', 'fulfillments.update')).events;

    expect(event?.record.metadata.statedFields.toSorted()).toEqual([
      'shipmentStatus',
      'trackingCompany',
      'trackingNumber',
    ]);
  });
});

describe('a customer', () => {
  it('who wants to be forgotten is deleted for that reason; a plain deletion gives none', () => {
    const [forgotten] = sealedFixture(shopify, loadFixture('shopify', 'customers.redact')).events;
    const [deleted] = sealedFixture(shopify, loadFixture('shopify', 'customers.delete')).events;

    expect(forgotten?.record).toMatchObject({ isDeleted: true, deletionReason: 'privacy' });
    expect(deleted?.record.metadata.statedFields).toEqual(['isDeleted']);
    expect(forgotten?.subject).toBe(deleted?.subject);
  });
});

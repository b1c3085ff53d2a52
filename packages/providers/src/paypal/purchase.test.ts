import { describe, expect, it } from 'vitest';

import { loadFixture } from '../fixtures.ts';
import { sealedFixture } from '../testing/fixture-outcome.ts';
import { describePurchase } from '../testing/purchase-cases.ts';
import { paypal } from './index.ts';

describePurchase(paypal, {
  title: 'by an order that is captured, disputed and reversed',
  fixtures: [
    'CHECKOUT.ORDER.APPROVED',
    'PAYMENT.CAPTURE.PENDING',
    'PAYMENT.CAPTURE.COMPLETED',
    'CHECKOUT.ORDER.COMPLETED',
    'CUSTOMER.DISPUTE.CREATED',
    'CUSTOMER.DISPUTE.UPDATED',
    'CUSTOMER.DISPUTE.RESOLVED',
    'PAYMENT.CAPTURE.REVERSED',
  ],
  payment: 'capture/42311647XV020574X',
  others: ['checkout-order/5O190127TN364715T', 'dispute/PP-D-27803', 'refund/1JU08902781691411'],
});

describePurchase(paypal, {
  title: 'by an order that is authorised first',
  fixtures: [
    'PAYMENT.AUTHORIZATION.CREATED',
    'CHECKOUT.ORDER.COMPLETED.authorized',
    'PAYMENT.CAPTURE.COMPLETED.authorized',
    'PAYMENT.AUTHORIZATION.VOIDED',
  ],
  payment: 'capture/42311647XV020575X',
  others: ['checkout-order/5O190127TN364716T'],
});

describePurchase(paypal, {
  title: 'by a subscription, refunded',
  fixtures: [
    'BILLING.SUBSCRIPTION.CREATED',
    'BILLING.SUBSCRIPTION.ACTIVATED',
    'PAYMENT.SALE.PENDING',
    'PAYMENT.SALE.COMPLETED',
    'PAYMENT.SALE.REFUNDED',
    'BILLING.SUBSCRIPTION.RE-ACTIVATED',
  ],
  payment: 'sale/80021663DE681814L',
  others: ['refund/6YX43824R4443062K', 'subscription/I-BW452GLLEP1G'],
});

describe('money that goes back', () => {
  it.for(['PAYMENT.SALE.REFUNDED', 'PAYMENT.SALE.REVERSED', 'PAYMENT.SALE.REVERSED.sale'])(
    'of a sale names the sale and is positive: %s',
    (name) => {
      const [event] = sealedFixture(paypal, loadFixture('paypal', name)).events;

      expect(event?.record).toMatchObject({ paymentId: '80021663DE681814L', amount: 1900, currency: 'EUR' });
    },
  );

  it.for(['PAYMENT.CAPTURE.REVERSED', 'PAYMENT.SALE.REVERSED', 'PAYMENT.SALE.REVERSED.sale'])(
    'and nobody gave is reversed: %s',
    (name) => {
      const [event] = sealedFixture(paypal, loadFixture('paypal', name)).events;

      expect(event?.record).toMatchObject({ status: 'succeeded', reason: 'reversed' });
    },
  );
});

describe('an order', () => {
  it.for([
    ['CHECKOUT.ORDER.APPROVED', 'unpaid'],
    ['CHECKOUT.ORDER.COMPLETED.authorized', 'authorized'],
    ['PAYMENT.AUTHORIZATION.CREATED', 'authorized'],
    ['PAYMENT.AUTHORIZATION.VOIDED', 'unpaid'],
    ['CHECKOUT.ORDER.COMPLETED', 'paid'],
  ] as const)('is, after %s, %s', ([name, paymentStatus]) => {
    const [event] = sealedFixture(paypal, loadFixture('paypal', name)).events;

    expect(event?.record).toMatchObject({ paymentStatus });
  });

  it('learns from an authorization whether it is covered, and nothing else', () => {
    const [event] = sealedFixture(paypal, loadFixture('paypal', 'PAYMENT.AUTHORIZATION.CREATED')).events;

    expect(event?.record.metadata.statedFields).toEqual(['paymentStatus']);
  });
});

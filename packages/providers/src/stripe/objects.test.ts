import { describe, expect, it } from 'vitest';

import { eventOf, normalizeBody, normalizeObject, objectOf } from './testing/bodies.ts';

describe('a Stripe object', () => {
  it.for([
    ['eur', 4990, 4990],
    ['jpy', 4990, 4990],
    ['kwd', 5120, 5120],
    ['isk', 500, 5],
    ['ugx', 500, 5],
    ['mga', 500, 50_000],
  ] as const)('counts in minor units of ISO 4217, also where Stripe does not: %s', ([currency, amount, units]) => {
    const { events } = normalizeObject('payment_intent.succeeded', { currency, amount });

    expect(events[0]?.payload).toMatchObject({ currency: currency.toUpperCase(), amount: units });
  });

  it('of a currency without minor units states no fraction of one', () => {
    const { verdict, events } = normalizeObject('payment_intent.succeeded', { currency: 'isk', amount: 550 });

    expect(verdict).toBe('partial');
    expect(events[0]?.statedFields).not.toContain('amount');
  });

  it.for([
    ['refund.created', 'pending', 'payments.refund.created'],
    ['refund.created', 'requires_action', 'payments.refund.created'],
    ['refund.created', 'succeeded', 'payments.refund.succeeded'],
    ['refund.created', 'failed', 'payments.refund.failed'],
    ['refund.updated', 'succeeded', 'payments.refund.succeeded'],
    ['refund.updated', 'canceled', 'payments.refund.failed'],
    ['refund.updated', 'pending', 'integration.event.received'],
    ['refund.failed', 'failed', 'payments.refund.failed'],
  ] as const)('of a refund, %s with the status %s is %s', ([name, status, type]) => {
    const { events } = normalizeObject(name, { status }, name === 'refund.failed' ? name : 'refund.updated');

    expect(events.map((event) => event.type)).toEqual([type]);
  });

  it.for(['canceled', 'incomplete_expired'])('of a subscription that is %s is newer than all others', (status) => {
    const { events } = normalizeObject('customer.subscription.updated', { status });

    expect(events[0]).toMatchObject({ type: 'payments.subscription.updated', lead: 1 });
  });

  it('of a subscription with a status of tomorrow states the word of Stripe only', () => {
    const { verdict, events } = normalizeObject('customer.subscription.updated', { status: 'hibernating' });

    expect(verdict).toBe('partial');
    expect(events[0]?.payload).toMatchObject({ status: null, providerStatus: 'hibernating' });
    expect(events[0]?.lead).toBeUndefined();
  });

  it('of a subscription bills at most a hundred items, and says that there are more', () => {
    const { items } = objectOf('customer.subscription.updated');
    const [item] = items.data;
    const data = Array.from({ length: 101 }, () => item);

    const { events } = normalizeObject('customer.subscription.updated', { items: { ...items, data } });

    expect(events[0]?.payload).toMatchObject({ itemsTruncated: true, items: { length: 100 } });
  });

  it('of a subscription of an older API version has its period in itself', () => {
    const older = { current_period_start: 1_772_446_800, current_period_end: 1_775_125_200 };

    const { events } = normalizeObject('customer.subscription.updated', older);

    expect(events[0]?.payload).toMatchObject({
      currentPeriodStartsAt: 1_772_446_800_000,
      currentPeriodEndsAt: 1_775_125_200_000,
    });
  });

  it('of an invoice of an older API version names subscription, payment and tax in itself', () => {
    const { parent: _parent, total_taxes: _taxes, payments: _payments, ...invoice } = objectOf('invoice.paid');
    const older = { ...invoice, subscription: 'sub_old', payment_intent: 'pi_old', tax: 19 };

    const { events } = normalizeBody({ ...eventOf('invoice.paid'), data: { object: older } });

    expect(events[0]?.payload).toMatchObject({ subscriptionId: 'sub_old', paymentId: 'pi_old', taxAmount: 19 });
  });

  it('of an invoice whose lines bill different times states no period', () => {
    const { lines } = objectOf('invoice.paid');
    const [line] = lines.data;
    const data = [line, { ...line, period: { start: 1, end: 2 } }];

    const { events } = normalizeObject('invoice.paid', { lines: { ...lines, data } });

    expect(events[0]?.statedFields).not.toContain('periodStartsAt');
  });

  it('is not told twice: charge.refund.updated is passed on', () => {
    const { events } = normalizeBody({ ...eventOf('refund.updated'), type: 'charge.refund.updated' });

    expect(events.map((event) => event.topic)).toEqual(['integration.event.v1']);
  });

  it.for(['refund.updated', 'charge.dispute.created'])(
    'names the charge as the payment where %s has no intent',
    (name) => {
      const { events } = normalizeObject(name, { payment_intent: null, charge: 'ch_1Tkl7DemoDirect01' });

      expect(events[0]?.payload).toMatchObject({ paymentId: 'ch_1Tkl7DemoDirect01' });
    },
  );

  it('of a dispute whose money moved in another currency states no fee', () => {
    const { events } = normalizeObject('charge.dispute.funds_withdrawn', { currency: 'usd' });

    expect(events[0]?.statedFields).not.toContain('feeAmount');
  });

  it('of a customer that is deleted states only that', () => {
    const { events } = normalizeObject('customer.deleted', {});

    expect(events[0]?.statedFields).toEqual(['isDeleted']);
  });

  it('of an upcoming invoice without a subscription is passed on', () => {
    const { verdict, events } = normalizeObject('invoice.upcoming', { parent: null });

    expect(verdict).toBe('partial');
    expect(events.map((event) => event.topic)).toEqual(['integration.event.v1']);
  });

  it('names what was different before, for information', () => {
    const { events } = normalizeBody(eventOf('customer.updated'));

    expect(events[0]?.changedFields).toEqual(['email']);
  });

  it.for([
    ['succeeded', true, 'payments.payment.succeeded'],
    ['succeeded', false, 'payments.payment.created'],
    ['pending', false, 'payments.payment.processing'],
    ['failed', false, 'payments.payment.failed'],
  ] as const)('of a charge without an intent that is %s (captured: %s) is %s', ([status, captured, type]) => {
    const { events } = normalizeObject('charge.succeeded', { status, captured }, 'charge.succeeded.direct');

    expect(events.map((event) => event.type)).toEqual([type]);
  });
});

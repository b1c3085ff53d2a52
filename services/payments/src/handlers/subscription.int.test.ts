import { describeProjection, recordsAbout, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { subscriptionHandler } from './subscription.ts';

const item = {
  itemId: 'si_1',
  priceId: 'price_1',
  productId: null,
  quantity: 2,
  unitAmount: 500,
  billingInterval: 'month',
  billingIntervalCount: 1,
};
const subscription = recordsAbout('payments.subscription.v1', 'sub_1');
const created = subscription('created', 1_000, { status: 'pending', items: [item], endedAt: null });
const active = subscription('updated', 2_000, { status: 'active', items: [item], endedAt: null });
const pastDue = subscription('updated', 3_000, { status: 'past_due', items: [], endedAt: null });
const canceled = subscription('canceled', 4_000, { status: 'canceled', items: [item], endedAt: 4_000 });

describeProjection({
  handler: subscriptionHandler(await testOffers('payments')),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, active, pastDue, canceled],
  stories: [
    {
      title: 'has its items as the newest event lists them',
      events: [created, pastDue, active],
      ends: { status: 'past_due', items: [] },
    },
    {
      title: 'is active again after it was past due',
      events: [pastDue, subscription('updated', 5_000, { status: 'active', items: [item] })],
      ends: { status: 'active', items: [item] },
    },
    {
      title: 'knows why a payment failed from an event that says nothing else, however old its own state is',
      events: [active, subscription('payment_failed', 1_500, { failureCode: 'card_declined', failedPaymentCount: 1 })],
      ends: { status: 'active', failure_code: 'card_declined', failed_payment_count: '1' },
    },
    {
      title: 'stays canceled when an update carries a later time: no way leads back from there',
      events: [canceled, subscription('updated', 9_000, { status: 'active' })],
      ends: { status: 'canceled', ended_at: new Date(4_000) },
    },
  ],
});

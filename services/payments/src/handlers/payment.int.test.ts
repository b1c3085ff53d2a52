import { describeProjection, recordsAbout, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { paymentHandler } from './payment.ts';

const payment = recordsAbout('payments.payment.v1', 'pi_1');
const created = payment('created', 1_000, { status: 'created', amountReceived: 0, failureCode: null });
const processing = payment('processing', 2_000, { status: 'processing', amountReceived: 0, failureCode: null });
const failed = payment('failed', 3_000, { status: 'failed', amountReceived: 0, failureCode: 'card_declined' });
const charged = payment('updated', 3_500, { payerEmail: 'ann@example.com', cardLast4: '4242', amountRefunded: 0 });
const succeeded = payment('succeeded', 4_000, { status: 'succeeded', amountReceived: 500, failureCode: null });

describeProjection({
  handler: paymentHandler(await testOffers('payments')),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, processing, failed, succeeded],
  stories: [
    {
      title: 'succeeds after it failed: the payer tried another card',
      events: [failed, succeeded],
      ends: { status: 'succeeded', amount_received: '500', failure_code: null },
    },
    {
      title: 'stays succeeded when a failure comes in late',
      events: [succeeded, failed, created],
      ends: { status: 'succeeded', failure_code: null },
    },
    {
      title: 'stays succeeded when a processing event carries a later time: no way leads back from there',
      events: [succeeded, payment('processing', 9_000, { status: 'processing' })],
      ends: { status: 'succeeded' },
    },
    {
      title: 'learns from its charge which card it was, also when it succeeded before and later',
      events: [succeeded, charged],
      ends: { status: 'succeeded', amount_received: '500', payer_email: 'ann@example.com', card_last4: '4242' },
    },
    {
      title: 'is there with what its charge says when that comes first',
      events: [charged, created],
      ends: { status: 'created', card_last4: '4242' },
    },
    {
      title: 'learns from its charge what went back, although the address of its intent is final',
      events: [
        payment('succeeded', 4_000, { status: 'succeeded', payerEmail: 'bo@example.com' }),
        charged,
        payment('updated', 9_000, { payerEmail: 'ann@example.com', cardLast4: '4242', amountRefunded: 200 }),
      ],
      ends: { status: 'succeeded', payer_email: 'bo@example.com', amount_refunded: '200' },
    },
    {
      title: 'is what comes later in its natural order when two events are of one second',
      events: [
        payment('processing', 5_000, { status: 'processing' }),
        payment('created', 5_000, { status: 'created' }),
      ],
      ends: { status: 'processing' },
    },
  ],
});

import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { paymentHandler } from './payment.ts';

const payment = recordsAbout('payments.payment.v1', 'pi_1');
const created = payment('created', 1_000, { status: 'created', amountReceived: 0, failureCode: null });
const processing = payment('processing', 2_000, { status: 'processing', amountReceived: 0, failureCode: null });
const failed = payment('failed', 3_000, { status: 'failed', amountReceived: 0, failureCode: 'card_declined' });
const succeeded = payment('succeeded', 4_000, { status: 'succeeded', amountReceived: 500, failureCode: null });

describeProjection({
  handler: paymentHandler,
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
      title: 'is what comes later in its natural order when two events are of one second',
      events: [
        payment('processing', 5_000, { status: 'processing' }),
        payment('created', 5_000, { status: 'created' }),
      ],
      ends: { status: 'processing' },
    },
  ],
});

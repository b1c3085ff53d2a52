import { describeProjection, recordsAbout, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { refundHandler } from './refund.ts';

const refund = recordsAbout('payments.refund.v1', 're_1');
const created = refund('created', 1_000, { status: 'created', amount: 500, failureReason: null });
const succeeded = refund('succeeded', 2_000, { status: 'succeeded', amount: 500, failureReason: null });
const failed = refund('failed', 3_000, { status: 'failed', amount: 500, failureReason: 'expired_or_canceled_card' });

describeProjection({
  handler: refundHandler(await testOffers('payments')),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, succeeded, failed],
  stories: [
    {
      title: 'can fail after it succeeded: the bank sends it back',
      events: [succeeded, failed],
      ends: { status: 'failed', failure_reason: 'expired_or_canceled_card' },
    },
    {
      title: 'can succeed after it failed, because none of its states is final',
      events: [failed, refund('succeeded', 4_000, { status: 'succeeded', failureReason: null })],
      ends: { status: 'succeeded', failure_reason: null },
    },
  ],
});

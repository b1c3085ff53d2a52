import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { payoutHandler } from './payout.ts';

const payout = recordsAbout('payments.payout.v1', 'po_1');
const paid = payout('paid', 1_000, { status: 'paid', amount: -500, failureCode: null });
const failed = payout('failed', 2_000, { status: 'failed', amount: -500, failureCode: 'account_closed' });

describeProjection({
  handler: payoutHandler,
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [paid, failed],
  stories: [
    {
      title: 'can fail after it was paid: the bank sends it back',
      events: [paid, failed],
      ends: { status: 'failed', failure_code: 'account_closed', amount: '-500' },
    },
    {
      title: 'is failed rather than paid when both are of one second',
      events: [payout('failed', 1_000, { status: 'failed' }), paid],
      ends: { status: 'failed' },
    },
  ],
});

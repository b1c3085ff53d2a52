import { describeProjection, recordsAbout, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { disputeHandler } from './dispute.ts';

const dispute = recordsAbout('payments.dispute.v1', 'dp_1');
const opened = dispute('opened', 1_000, { status: 'opened', amount: 500, closedAt: null, updatedAt: 1_000 });
const closed = dispute('closed', 2_000, { status: 'closed', amount: 500, closedAt: 2_000, updatedAt: 2_000 });

describeProjection({
  handler: disputeHandler(await testOffers('payments')),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [opened, closed],
  stories: [
    {
      title: 'keeps when the provider changed it, beside when we wrote the row',
      events: [opened],
      ends: { provider_updated_at: new Date(1_000) },
    },
    {
      title: 'can be opened again after it was closed, because none of its states is final',
      events: [closed, dispute('opened', 3_000, { status: 'opened', closedAt: null })],
      ends: { status: 'opened', closed_at: null },
    },
  ],
});

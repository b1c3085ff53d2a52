import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { dealHandler } from './deal.ts';

const deal = recordsAbout('crm.deal.v1', '880011');
const created = deal('created', 1_000, { isDeleted: false, status: 'open', title: 'Engine' });
const priced = deal('updated', 2_000, { amount: 499_050, currency: 'EUR' });
const staged = deal('stage_changed', 3_000, { stageId: 'contract' });
const won = deal('won', 4_000, { status: 'won', closedAt: 4_000 });
const reopened = deal('updated', 5_000, { status: 'open', closedAt: null });

describeProjection({
  handler: dealHandler(testOffers),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, priced, staged, won],
  stories: [
    {
      title: 'is what all of its messages told, each a part',
      events: [won, staged, priced, created],
      ends: { status: 'won', amount: '499050', currency: 'EUR', stage_id: 'contract', title: 'Engine' },
    },
    {
      title: 'may be opened again after it was won',
      events: [won, reopened],
      ends: { status: 'open', closed_at: null },
    },
  ],
});

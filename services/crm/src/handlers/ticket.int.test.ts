import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { ticketHandler } from './ticket.ts';

const ticket = recordsAbout('crm.ticket.v1', '4101');
const created = ticket('created', 1_000, { isDeleted: false, priority: 'LOW' });
const escalated = ticket('updated', 2_000, { priority: 'HIGH' });
const closed = ticket('stage_changed', 3_000, { stageId: '4', isClosed: true, closedAt: 3_000 });
const reopened = ticket('stage_changed', 4_000, { stageId: '2', isClosed: false, closedAt: null });

describeProjection({
  handler: ticketHandler(testOffers),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, escalated, closed, reopened],
  stories: [
    {
      title: 'is what all of its messages told, each a part',
      events: [closed, escalated, created],
      ends: { priority: 'HIGH', stage_id: '4', is_closed: true, closed_at: new Date(3_000) },
    },
    {
      title: 'may be opened again after it was closed',
      events: [reopened, closed],
      ends: { stage_id: '2', is_closed: false, closed_at: null },
    },
  ],
});

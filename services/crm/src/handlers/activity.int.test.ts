import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { activityHandler } from './activity.ts';

const activity = recordsAbout('crm.activity.v1', '5501');
const created = activity('created', 1_000, { isDeleted: false, activityType: 'call', contactId: '1246965' });
const planned = activity('updated', 2_000, { startsAt: 9_000, isDone: false });
const done = activity('completed', 9_500, { isDone: true, completedAt: 9_500, outcome: 'CONNECTED' });
const deleted = activity('deleted', 9_900, { isDeleted: true });

describeProjection({
  handler: activityHandler(testOffers),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, planned, done, deleted],
  stories: [
    {
      title: 'is what all of its messages told, each a part',
      events: [done, planned, created],
      ends: { activity_type: 'call', contact_id: '1246965', starts_at: new Date(9_000), is_done: true },
    },
    {
      title: 'is not done any more when a later message says so',
      events: [activity('updated', 9_800, { isDone: false, completedAt: null }), done],
      ends: { is_done: false, completed_at: null, outcome: 'CONNECTED' },
    },
  ],
});

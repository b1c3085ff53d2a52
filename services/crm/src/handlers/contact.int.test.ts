import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { contactHandler } from './contact.ts';

const contact = recordsAbout('crm.contact.v1', '1246965');
const created = contact('created', 1_000, { isDeleted: false, createdAt: 1_000, firstName: 'Ada' });
const mailed = contact('updated', 3_000, { email: 'ada@example.com' });
const deleted = contact('deleted', 4_000, { isDeleted: true });
const restored = contact('restored', 5_000, { isDeleted: false });
const merged = contact('merged', 6_000, { isDeleted: true, mergedInto: '99' });

describeProjection({
  handler: contactHandler(testOffers),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, mailed, deleted, restored],
  stories: [
    {
      title: 'is what all of its messages told, each a part',
      events: [mailed, created],
      ends: { email: 'ada@example.com', first_name: 'Ada', created_at: new Date(1_000), deleted_at: null },
    },
    {
      title: 'is back when it is restored after its deletion',
      events: [restored, deleted],
      ends: { deleted_at: null },
    },
    {
      title: 'that went into another names it, and is gone itself',
      events: [created, merged],
      ends: { merged_into: '99', deleted_at: new Date(6_000) },
    },
    {
      title: 'that is changed after its deletion stays deleted',
      events: [deleted, contact('updated', 7_000, { jobTitle: 'Countess' })],
      ends: { job_title: 'Countess', deleted_at: new Date(4_000) },
    },
  ],
});

import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { companyHandler } from './company.ts';

const company = recordsAbout('crm.company.v1', '700100');
const created = company('created', 1_000, { isDeleted: false, name: 'Analytical Engines' });
const moved = company('updated', 2_000, { city: 'London', country: 'GB' });
const merged = company('merged', 3_000, { isDeleted: true, mergedInto: '700101' });

describeProjection({
  handler: companyHandler(testOffers),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, moved, merged],
  stories: [
    {
      title: 'is what all of its messages told, each a part',
      events: [moved, created],
      ends: { name: 'Analytical Engines', city: 'London', deleted_at: null },
    },
    {
      title: 'that went into another names it, and is gone itself',
      events: [merged, created],
      ends: { merged_into: '700101', deleted_at: new Date(3_000) },
    },
  ],
});

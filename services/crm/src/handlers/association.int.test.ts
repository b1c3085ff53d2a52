import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { service } from '../testing/service.ts';
import { associationHandler } from './association.ts';

const link = recordsAbout('crm.association.v1', 'COMPANY_TO_CONTACT/company/700100/contact/1246965');
const ends = { fromKind: 'company', fromId: '700100', toKind: 'contact', toId: '1246965' };
const made = link('changed', 1_000, { ...ends, associationType: 'COMPANY_TO_CONTACT', isRemoved: false });
const marked = link('changed', 2_000, { ...ends, isPrimary: true });
const removed = link('changed', 3_000, { ...ends, isRemoved: true });

describeProjection({
  handler: associationHandler,
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [made, marked, removed],
  stories: [
    {
      title: 'keeps what the other end alone tells',
      events: [removed, marked, made],
      ends: { is_removed: true, is_primary: true, association_type: 'COMPANY_TO_CONTACT' },
    },
    {
      title: 'is made again after it was removed',
      events: [link('changed', 4_000, { ...ends, isRemoved: false }), removed],
      ends: { is_removed: false },
    },
  ],
});

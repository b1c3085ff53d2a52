import { describeProjection, recordsAbout } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { offers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { eventHandler } from './event.ts';

const event = recordsAbout('calendar.event.v1', 'ev_1');
const created = event('created', 1_000, { status: 'confirmed', isDeleted: false, title: 'Fair', startsAt: 90_000 });
const updated = event('updated', 2_000, { status: 'confirmed', startsAt: 95_000, etag: 'W/"2"' });
const deleted = event('deleted', 3_000, { isDeleted: true });

describeProjection({
  handler: eventHandler(offers),
  service,
  adminUrl: inject('stack').postgresAdminUrl,
  history: [created, updated, deleted],
  stories: [
    {
      title: 'has every part that any message told when its end comes before its beginning',
      events: [deleted, updated, created],
      ends: {
        status: 'confirmed',
        deleted_at: new Date(3_000),
        title: 'Fair',
        starts_at: new Date(95_000),
        etag: 'W/"2"',
      },
    },
    {
      title: 'may come back after it was deleted',
      events: [event('created', 4_000, { isDeleted: false }), deleted],
      ends: { deleted_at: null },
    },
    {
      title: 'takes a mark of its state without a time only where nothing else is known',
      events: [updated, event('updated', 0, { etag: 'W/"9"', attendees: [] })],
      ends: { etag: 'W/"2"', attendees: [] },
    },
  ],
});

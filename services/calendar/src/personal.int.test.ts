import { defineHandler } from '@trunkline/consumer';
import { describeErasure, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { bookingHandler } from './handlers/booking.ts';
import { eventHandler } from './handlers/event.ts';
import { personal } from './personal.ts';
import { service } from './testing/service.ts';

const offers = await testOffers('calendar');

describeErasure({
  personal,
  handlers: [defineHandler(bookingHandler(offers)), defineHandler(eventHandler(offers))],
  offers,
  service,
  adminUrl: inject('stack').postgresAdminUrl,
});

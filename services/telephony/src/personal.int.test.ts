import { defineHandler } from '@trunkline/consumer';
import { describeErasure, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { callHandler } from './handlers/call.ts';
import { messageHandler } from './handlers/message.ts';
import { transcriptHandler } from './handlers/transcript.ts';
import { personal } from './personal.ts';
import { service } from './testing/service.ts';

const offers = await testOffers('telephony');

describeErasure({
  personal,
  handlers: [
    defineHandler(callHandler(offers)),
    defineHandler(messageHandler(offers)),
    defineHandler(transcriptHandler(offers)),
  ],
  offers,
  service,
  adminUrl: inject('stack').postgresAdminUrl,
});

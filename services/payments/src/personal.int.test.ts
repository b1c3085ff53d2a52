import { defineHandler } from '@trunkline/consumer';
import { describeErasure, testOffers } from '@trunkline/consumer/testing';
import { inject } from 'vitest';

import { checkoutHandler } from './handlers/checkout.ts';
import { disputeHandler } from './handlers/dispute.ts';
import { invoiceHandler } from './handlers/invoice.ts';
import { paymentHandler } from './handlers/payment.ts';
import { refundHandler } from './handlers/refund.ts';
import { subscriptionHandler } from './handlers/subscription.ts';
import { personal } from './personal.ts';
import { service } from './testing/service.ts';

const offers = await testOffers('payments');

describeErasure({
  personal,
  told: 'whole',
  handlers: [
    defineHandler(paymentHandler(offers)),
    defineHandler(invoiceHandler(offers)),
    defineHandler(subscriptionHandler(offers)),
    defineHandler(checkoutHandler(offers)),
    defineHandler(refundHandler(offers)),
    defineHandler(disputeHandler(offers)),
  ],
  offers,
  service,
  adminUrl: inject('stack').postgresAdminUrl,
});

import { defineHandler, type RegisteredHandler } from '@trunkline/consumer';

import { checkoutHandler } from './checkout.ts';
import { disputeHandler } from './dispute.ts';
import { invoiceHandler } from './invoice.ts';
import { paymentHandler } from './payment.ts';
import { payoutHandler } from './payout.ts';
import { refundHandler } from './refund.ts';
import { subscriptionHandler } from './subscription.ts';

/**
 * Everything this service does with events. One more behaviour is one more line. Every provider of payments sends the
 * whole object each time, so one version guards all fields of an entity, but for those that other messages tell (`apart`).
 */
export const handlers: readonly RegisteredHandler[] = [
  defineHandler(paymentHandler),
  defineHandler(invoiceHandler),
  defineHandler(subscriptionHandler),
  defineHandler(refundHandler),
  defineHandler(disputeHandler),
  defineHandler(checkoutHandler),
  defineHandler(payoutHandler),
];

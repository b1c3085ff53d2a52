import { defineHandler, defineRequestHandler, erasureHandler, type Handlers, sequence } from '@trunkline/consumer';
import type { RequestTopic } from '@trunkline/events';

import { ledgerParts } from '../ledger/ledger-parts.ts';
import { personal } from '../personal.ts';
import { checkoutHandler } from './checkout.ts';
import { disputeOpened } from './dispute-opened.ts';
import { disputeHandler } from './dispute.ts';
import { invoiceHandler } from './invoice.ts';
import { paymentFailed } from './payment-failed.ts';
import { paymentHandler } from './payment.ts';
import { payoutFailed } from './payout-failed.ts';
import { payoutHandler } from './payout.ts';
import { refundFailed } from './refund-failed.ts';
import { refundHandler } from './refund.ts';
import { subscriptionHandler } from './subscription.ts';

/** What its handlers ask others for. */
export const asks: readonly RequestTopic[] = ['notifications.request.v1'];

/**
 * Everything this service does with events. One more behaviour is one more line. Every provider of payments sends the
 * whole object each time, so one version guards all fields of an entity, but for those that other messages tell (`apart`).
 */
export const handlers: Handlers = ({ book, directory, metrics, notices }) => {
  const ledger = ledgerParts(metrics);
  return [
    defineHandler(
      sequence('payment', [paymentHandler({ book }), ledger.payment, paymentFailed({ directory, notices })]),
    ),
    defineHandler(invoiceHandler({ book })),
    defineHandler(subscriptionHandler({ book })),
    defineHandler(sequence('refund', [refundHandler({ book }), ledger.refund, refundFailed({ directory, notices })])),
    defineHandler(
      sequence('dispute', [disputeHandler({ book }), ledger.dispute, disputeOpened({ directory, notices })]),
    ),
    defineHandler(checkoutHandler({ book })),
    defineHandler(sequence('payout', [payoutHandler, ledger.payout, payoutFailed({ directory, notices })])),
    defineRequestHandler(erasureHandler(personal, { book })),
  ];
};

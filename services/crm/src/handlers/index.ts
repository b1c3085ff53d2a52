import { defineHandler, type Handlers, sequence } from '@trunkline/consumer';
import type { RequestTopic } from '@trunkline/events';

import { touchHandler } from '../timeline/touch-handler.ts';
import {
  activityTouch,
  bookingTouch,
  callTouch,
  checkoutTouch,
  dealTouch,
  disputeTouch,
  emailTouch,
  invoiceTouch,
  messageTouch,
  paymentTouch,
  refundTouch,
  ticketTouch,
} from '../timeline/touches.ts';
import { activityHandler } from './activity.ts';
import { associationHandler } from './association.ts';
import { companyHandler } from './company.ts';
import { contactHandler } from './contact.ts';
import { dealHandler } from './deal.ts';
import { ticketHandler } from './ticket.ts';

/** What its handlers ask others for. */
export const asks: readonly RequestTopic[] = ['privacy.erasure_request.v1'];

/** Everything this service does with events: what a CRM keeps, who its contacts are, and what happened with them. */
export const handlers: Handlers = ({ book, digest, directory, requests }) => {
  const timeline = { book, digest, directory };
  return [
    defineHandler(contactHandler({ book, digest, requests })),
    defineHandler(companyHandler({ digest })),
    defineHandler(sequence('deal', [dealHandler({ digest }), touchHandler(dealTouch, timeline)])),
    defineHandler(sequence('ticket', [ticketHandler({ digest }), touchHandler(ticketTouch, timeline)])),
    defineHandler(sequence('activity', [activityHandler({ digest }), touchHandler(activityTouch, timeline)])),
    defineHandler(associationHandler),
    defineHandler(touchHandler(callTouch, timeline)),
    defineHandler(touchHandler(messageTouch, timeline)),
    defineHandler(touchHandler(bookingTouch, timeline)),
    defineHandler(touchHandler(checkoutTouch, timeline)),
    defineHandler(touchHandler(paymentTouch, timeline)),
    defineHandler(touchHandler(invoiceTouch, timeline)),
    defineHandler(touchHandler(refundTouch, timeline)),
    defineHandler(touchHandler(disputeTouch, timeline)),
    defineHandler(touchHandler(emailTouch, timeline)),
  ];
};

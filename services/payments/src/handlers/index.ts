import { defineHandler, type RegisteredHandler } from '@trunkline/consumer';

import { paymentHandler } from './payment.ts';

/** Everything this service does with events. One more behaviour is one more line. */
export const handlers: readonly RegisteredHandler[] = [defineHandler(paymentHandler)];

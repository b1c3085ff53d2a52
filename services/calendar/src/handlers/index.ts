import { defineHandler, defineRequestHandler, erasureHandler, type Handlers } from '@trunkline/consumer';
import type { RequestTopic } from '@trunkline/events';

import { personal } from '../personal.ts';
import { bookingHandler } from './booking.ts';
import { changeHandler } from './change.ts';
import { eventHandler } from './event.ts';

/** What its handlers ask others for. */
export const asks: readonly RequestTopic[] = ['calendar.sync_request.v1', 'notifications.request.v1'];

/** Everything this service does with events. */
export const handlers: Handlers = (offers) => [
  defineHandler(bookingHandler(offers)),
  defineHandler(eventHandler(offers)),
  defineHandler(changeHandler(offers)),
  defineRequestHandler(erasureHandler(personal, offers)),
];

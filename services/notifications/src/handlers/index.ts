import { defineHandler, defineRequestHandler, erasureOf, type Handlers } from '@trunkline/consumer';
import type { RequestTopic } from '@trunkline/events';

import { clearMessages } from '../messages/erasure.ts';
import { emailEvidence } from './email-evidence.ts';
import { messageEvidence } from './message-evidence.ts';
import { requestHandler } from './request.ts';

/** What the service asks itself for: that operators are told of messages that it could not send (`../alerts.ts`). */
export const asks: readonly RequestTopic[] = ['notifications.request.v1'];

/**
 * Everything this service does with records: what it is asked to tell is written down, and what providers tell of it
 * themselves. Between the two is src/sending.
 */
export const handlers: Handlers = () => [
  defineRequestHandler(requestHandler),
  defineHandler(messageEvidence),
  defineHandler(emailEvidence),
  defineRequestHandler(erasureOf(clearMessages)),
];

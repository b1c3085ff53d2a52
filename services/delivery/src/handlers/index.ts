import { defineHandler, type Handlers } from '@trunkline/consumer';
import { type DomainTopic, ownTopics, type RequestTopic } from '@trunkline/events';
import { sentTopics } from '@trunkline/payload';

import { fanOutHandler, type Sender } from './fan-out.ts';

/** What the service asks others for: that operators are told of endpoints (`../alerts.ts`). */
export const asks: readonly RequestTopic[] = ['notifications.request.v1'];

/** What became of endpoints and messages (`../operations/announcer.ts`). */
export const tells: readonly DomainTopic[] = ownTopics;

/** Everything this service does with events: the same for every topic of them. */
export const handlers: Handlers = handlersBeside({ sendsFor: () => false, take: () => undefined });

/** The same, in a process that sends, too. */
export function handlersBeside(sender: Sender): Handlers {
  return (offers) => sentTopics.map((topic) => defineHandler(fanOutHandler(topic, { ...offers, sender })));
}

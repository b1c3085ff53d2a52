import { defineHandler, type Handlers } from '@trunkline/consumer';
import { sentTopics } from '@trunkline/payload';

import { fanOutHandler } from './fan-out.ts';

/** Everything this service does with events: the same for every topic of them. */
export const handlers: Handlers = (offers) => sentTopics.map((topic) => defineHandler(fanOutHandler(topic, offers)));

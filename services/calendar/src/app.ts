import { type ConsumerConfig, createConsumerApp } from '@trunkline/consumer';
import type { App, Service } from '@trunkline/runtime';

import { asks, handlers } from './handlers/index.ts';

/** The calendar consumer: one group over its topics, its state and inbox in the schema `calendar`. */
export function createApp(config: ConsumerConfig, service: Service): App {
  return createConsumerApp({ group: 'calendar', handlers, digests: true, asks }, config, service);
}

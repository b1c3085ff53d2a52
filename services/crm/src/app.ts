import { type ConsumerConfig, createConsumerApp } from '@trunkline/consumer';
import type { App, Service } from '@trunkline/runtime';

import { asks, handlers } from './handlers/index.ts';

/** The crm consumer: one group over its topics, its state and inbox in the schema `crm`. */
export function createApp(config: ConsumerConfig, service: Service): App {
  return createConsumerApp({ group: 'crm', handlers, digests: true, asks }, config, service);
}

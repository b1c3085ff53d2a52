import { type ConsumerConfig, createConsumerApp } from '@trunkline/consumer';
import type { App, Service } from '@trunkline/runtime';

import { asks, handlers } from './handlers/index.ts';

/** The payments consumer: one group over the payment topics, its state and inbox in the schema `payments`. */
export function createApp(config: ConsumerConfig, service: Service): App {
  return createConsumerApp({ group: 'payments', handlers, digests: true, asks }, config, service);
}

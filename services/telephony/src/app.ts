import { type ConsumerConfig, createConsumerApp } from '@trunkline/consumer';
import type { App, Service } from '@trunkline/runtime';

import { asks, handlers } from './handlers/index.ts';

/** The telephony consumer: one group over the telephony topics, its state and inbox in the schema `telephony`. */
export function createApp(config: ConsumerConfig, service: Service): App {
  return createConsumerApp({ group: 'telephony', handlers, digests: true, asks }, config, service);
}

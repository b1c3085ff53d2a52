import { type ConsumerConfig, createConsumerApp } from '@trunkline/consumer';
import type { App, Service } from '@trunkline/runtime';

import { tally } from './handler.ts';

export function createApp(config: ConsumerConfig, service: Service): App {
  return createConsumerApp({ group: 'tally', handlers: () => [tally] }, config, service);
}

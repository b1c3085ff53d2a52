import { createConsumerApp } from '@trunkline/consumer';
import type { App, Service } from '@trunkline/runtime';

import type { NotificationsConfig } from './config.ts';
import { handlers } from './handlers/index.ts';
import { createSending } from './sending/index.ts';

/** The notifications service: one group over the wishes, and the senders that fulfil them. */
export function createApp(config: NotificationsConfig, service: Service): App {
  return createConsumerApp(
    { group: 'notifications', handlers, beside: ({ directory }) => createSending({ config, service, directory }) },
    config,
    service,
  );
}

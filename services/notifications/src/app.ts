import { createConsumerApp } from '@trunkline/consumer';
import type { App, Service } from '@trunkline/runtime';

import { alerts } from './alerts.ts';
import type { NotificationsConfig } from './config.ts';
import { asks, handlers } from './handlers/index.ts';
import { createSending } from './sending/index.ts';

/** The notifications service: one group over the wishes, and the senders that fulfil them. */
export function createApp(config: NotificationsConfig, service: Service): App {
  return createConsumerApp(
    {
      group: 'notifications',
      handlers,
      asks,
      alerts,
      beside: ({ directory }) => createSending({ config, service, directory }),
    },
    config,
    service,
  );
}

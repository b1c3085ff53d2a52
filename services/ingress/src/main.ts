import { runService } from '@trunkline/runtime';

import { config } from './config.ts';
import { sharedAmongWorkers } from './sharing/shared-limits.ts';

await runService({
  name: 'ingress',
  config,
  // Loaded where it is needed: the first of several processes only hands connections out.
  createApp: async (own, service) => (await import('./app.ts')).createApp(own, service),
  workers: ({ workers }) => workers,
  shared: sharedAmongWorkers,
});

import { runService } from '@trunkline/runtime';

import { createApp } from './app.ts';
import { config } from './config.ts';

await runService({ name: 'tally', config, createApp });

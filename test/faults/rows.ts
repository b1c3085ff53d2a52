/** Every fault row there is. */
import { killIngress } from './f1-kill-ingress.ts';
import { killConsumer } from './f2-kill-consumer.ts';
import { killStorm } from './f2-kill-storm.ts';
import { killBroker } from './f3-kill-broker.ts';
import { freezeBroker } from './f4-freeze-broker.ts';
import { redisAway } from './f5-redis-away.ts';
import { postgresAway } from './f6-postgres-away.ts';
import { registryAway } from './f7-registry-away.ts';
import { badNetwork } from './f8-network.ts';
import { poison } from './f11-poison.ts';
import { duplicateStorm } from './f12-duplicate-storm.ts';
import { terminate } from './f18-sigterm.ts';
import type { FaultRow } from './row.ts';

export const faultRows: readonly FaultRow[] = [
  killIngress,
  killConsumer,
  killStorm,
  killBroker,
  freezeBroker,
  redisAway,
  postgresAway,
  registryAway,
  badNetwork,
  poison,
  duplicateStorm,
  terminate,
];

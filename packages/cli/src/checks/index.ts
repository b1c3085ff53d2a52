import type { Check } from './check.ts';
import { clock } from './clock.ts';
import { consumerLag } from './consumer-lag.ts';
import { consumers } from './consumers.ts';
import { databaseRole } from './database-role.ts';
import { database } from './database.ts';
import { deadLetters } from './dead-letters.ts';
import { ingress } from './ingress.ts';
import { kafka } from './kafka.ts';
import { migrations } from './migrations.ts';
import { redis } from './redis.ts';
import { registry } from './registry.ts';
import { runOfStart } from './run-of-start.ts';
import { schemas } from './schemas.ts';
import { sourceAccounts } from './source-accounts.ts';
import { sourceIds } from './source-ids.ts';
import { sourceSecrets } from './source-secrets.ts';
import { sources } from './sources.ts';
import { tools } from './tools.ts';
import { topics } from './topics.ts';
import { traceStore } from './trace-store.ts';

/** Everything the doctor looks at, in its order: what others need comes first. */
export const checks: readonly Check[] = [
  tools,
  runOfStart,
  sources,
  sourceSecrets,
  sourceAccounts,
  sourceIds,
  kafka,
  topics,
  registry,
  schemas,
  migrations,
  database,
  databaseRole,
  redis,
  clock,
  ingress,
  consumers,
  consumerLag,
  deadLetters,
  traceStore,
];

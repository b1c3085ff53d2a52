import type { Check } from './check.ts';
import { consumerLag } from './consumer-lag.ts';
import { databaseRole } from './database-role.ts';
import { database } from './database.ts';
import { deadLetters } from './dead-letters.ts';
import { kafka } from './kafka.ts';
import { outboxes } from './outboxes.ts';
import { registry } from './registry.ts';
import { schemas } from './schemas.ts';
import { topics } from './topics.ts';

/** What can be asked of the servers of an installation from anywhere, by name. */
export const serverChecks = {
  kafka,
  topics,
  registry,
  schemas,
  database,
  databaseRole,
  consumerLag,
  outboxes,
  deadLetters,
} as const satisfies Record<string, Check>;

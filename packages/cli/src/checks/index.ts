import { serverChecks } from '@trunkline/operations';

import { access } from './access.ts';
import { clock } from './clock.ts';
import { type CommandCheck, shared } from './command-check.ts';
import { connections } from './connections.ts';
import { consumers } from './consumers.ts';
import { deprecations } from './deprecations.ts';
import { ingress } from './ingress.ts';
import { ledger } from './ledger.ts';
import { migrations } from './migrations.ts';
import { notifications } from './notifications.ts';
import { redis } from './redis.ts';
import { runOfStart } from './run-of-start.ts';
import { sourceAccounts } from './source-accounts.ts';
import { sourceIds } from './source-ids.ts';
import { sourceSecrets } from './source-secrets.ts';
import { sources } from './sources.ts';
import { tools } from './tools.ts';
import { traceStore } from './trace-store.ts';

/** Everything the doctor looks at, in its order: what others need comes first. */
export const checks: readonly CommandCheck[] = [
  tools,
  runOfStart,
  sources,
  sourceSecrets,
  sourceAccounts,
  sourceIds,
  access,
  shared(serverChecks.kafka),
  shared(serverChecks.topics),
  shared(serverChecks.registry),
  shared(serverChecks.schemas),
  migrations,
  shared(serverChecks.database),
  shared(serverChecks.databaseRole),
  redis,
  clock,
  ingress,
  consumers,
  deprecations,
  shared(serverChecks.consumerLag),
  shared(serverChecks.outboxes),
  shared(serverChecks.deadLetters),
  ledger,
  connections,
  notifications,
  traceStore,
];

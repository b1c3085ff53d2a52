/** Rotates the keys of a test's database, as a process that may be killed. Tells of each batch and waits for its turn. */
import { createDatabase } from '@trunkline/postgres';

import { createVault, readKeyList, rotateKeys } from '../index.ts';

const keys = readKeyList('k1:env:VAULT_KEY_1,k0:env:VAULT_KEY_0', (reference) => process.env[reference.slice(4)]);
const database = createDatabase({
  connectionString: process.env['DATABASE_URL'] ?? '',
  schema: 'shop',
  applicationName: 'rotating',
  maxConnections: 2,
  statementTimeoutMs: 5_000,
  connectTimeoutMs: 5_000,
});
await rotateKeys({ database, keys, vault: createVault(keys), onBatch: (rows) => process.send?.(rows) });
await database.close({ deadlineMs: 1_000 });

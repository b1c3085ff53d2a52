import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';

import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { createVault, readKeyList, type Vault } from '@trunkline/vault';

/** The service's migrations, which make the tables of this package. */
export const deliveryMigrations = {
  schema: 'delivery',
  directory: fileURLToPath(new URL('../../../../services/delivery/migrations/', import.meta.url)),
} as const;

/** The schema `delivery` as its service migrates it. */
export async function createDeliveryDatabase(adminUrl: string): Promise<TestDatabase> {
  return await createTestDatabase({ adminUrl, services: [deliveryMigrations] });
}

/** A vault with a key that no other test has. */
export function newTestVault(): Vault {
  const key = randomBytes(32).toString('base64');
  return createVault(readKeyList('test:env:KEY', () => key));
}

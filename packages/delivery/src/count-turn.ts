import type { Transaction } from '@trunkline/postgres';

/**
 * For whoever counts what a tenant has and adds to it: of two that counted at once neither would see the other's. Held until
 * the transaction ends.
 */
export async function takeCountTurn(tx: Transaction, of: 'endpoint' | 'job', tenantId: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2))', [`${tx.schema}.${of}`, tenantId]);
}

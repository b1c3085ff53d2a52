import type { Transaction } from './transaction.ts';

/**
 * For whoever counts what a tenant has of a table and adds to it: of two that counted at once neither would see the other's.
 * Held until the transaction ends.
 */
export async function takeCountTurn(tx: Transaction, table: string, tenantId: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2))', [`${tx.schema}.${table}`, tenantId]);
}

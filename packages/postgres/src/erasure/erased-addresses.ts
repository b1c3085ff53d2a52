import type { Transaction } from '../transaction.ts';

/** That what happened at an address until a time is to be forgotten. */
export interface ErasedAddress {
  readonly tenantId: string;
  /** In hex. */
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly untilMs: number;
}

/** Remembers the addresses in the schema's `erased_address`, each with the latest time that anybody said. */
export async function writeErasedAddresses(tx: Transaction, erased: readonly ErasedAddress[]): Promise<void> {
  if (erased.length === 0) return;
  await tx.query(writeSql(tx.schema), [
    erased.map(({ tenantId }) => tenantId),
    erased.map(({ digest }) => digest),
    erased.map(({ untilMs }) => untilMs),
  ]);
}

/** Sorted: two transactions that write the same addresses in different orders would deadlock. */
const writeSql = (schema: string): string => `
INSERT INTO ${schema}.erased_address AS t (tenant_id, digest, erased_until)
SELECT tenant_id, decode(digest, 'hex'), to_timestamp(max(until) / 1000)
FROM unnest($1::text[], $2::text[], $3::double precision[]) AS i (tenant_id, digest, until)
GROUP BY tenant_id, digest
ORDER BY tenant_id, digest
ON CONFLICT (tenant_id, digest) DO UPDATE SET erased_until = excluded.erased_until
WHERE excluded.erased_until > t.erased_until`;

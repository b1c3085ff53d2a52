import { type Database, nameAllTenantsSql, type Transaction, type TransactionOptions } from '@trunkline/postgres';

/** Whose rows are seen: these tenants', or everybody's, which only some roles may ask for. */
export type TenantScope = readonly string[] | 'all';

/** Runs `run` in one transaction that sees the rows of the scope and no others. Fails as `Database.transaction` does. */
export async function withTenants<T>(
  database: Database,
  scope: TenantScope,
  ...[run, options]: [run: (tx: Transaction) => Promise<T>, options?: TransactionOptions]
): Promise<T> {
  if (scope !== 'all') return await database.transaction(scope, run, options);
  return await database.transaction(
    [],
    async (tx) => {
      await tx.query(nameAllTenantsSql);
      return await run(tx);
    },
    options,
  );
}

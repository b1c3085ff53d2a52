import { TrunklineError } from '@trunkline/core';
import type { Transaction } from '@trunkline/postgres';

import { requireListed } from '../closed-lists.ts';
import type { CommandContext } from '../context.ts';
import { withDatabase } from '../database-access.ts';
import { openCatalog } from '../source-access.ts';

/** The service that keeps the ledger. */
const schema = 'payments';

/** Whose ledger to read. */
export interface LedgerScope {
  readonly tenant?: string;
  /** The provider's account, as its events name it. */
  readonly account?: string;
}

/** One transaction that sees the ledgers of these tenants; of every tenant of the sources file where none is named. */
export async function readLedger<T>(
  { tenant }: LedgerScope,
  context: CommandContext,
  read: (tx: Transaction) => Promise<T>,
): Promise<T> {
  await requireListed({ tenant }, context);
  const tenants = tenant === undefined ? (await openCatalog(context)).tenants() : [tenant];
  const { signal } = context;
  return await withDatabase(context, schema, (database) =>
    database.transaction(
      tenants,
      async (tx) => {
        const [found] = await tx.query<{ readonly is_there: boolean }>(
          'SELECT to_regclass($1) IS NOT NULL AS is_there',
          [`${schema}.ledger_difference`],
        );
        if (found?.is_there !== true) {
          throw new TrunklineError('config_invalid', 'the database has no ledger yet: npx trunkline migrate');
        }
        return await read(tx);
      },
      { signal },
    ),
  );
}

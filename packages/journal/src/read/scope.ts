import type { Database, Transaction } from '@trunkline/postgres';

import { journalLimits } from '../limits.ts';
import { type TenantScope, withTenants } from '../scope.ts';

export type { TenantScope } from '../scope.ts';

/** Reads in one transaction that sees the rows of the scope and no others, and takes no longer than a search may. */
export async function inScope<T>(
  database: Database,
  scope: TenantScope,
  ...[read, signal]: [read: (tx: Transaction) => Promise<T>, signal: AbortSignal | undefined]
): Promise<T> {
  return await withTenants(database, scope, read, { signal, deadlineMs: journalLimits.searchTimeoutMs });
}

import type { Transaction } from '@trunkline/postgres';

/** The ledger accounts, in the order in which they are shown. */
export const ledgerAccounts = ['balance', 'received', 'refunded', 'disputed', 'payout', 'fees', 'adjustment'] as const;
export type LedgerAccount = (typeof ledgerAccounts)[number];

/** Debits less credits of each ledger account, in minor units as text: a sum may be longer than a number holds exactly. */
export interface Balances {
  readonly tenant: string;
  readonly provider: string;
  readonly account: string;
  readonly currency: string;
  readonly amounts: Readonly<Partial<Record<LedgerAccount, string>>>;
}

/** Per account and currency; as of a time, only what had happened until then. */
export async function readBalances(
  tx: Transaction,
  { account, asOfMs }: { readonly account?: string | undefined; readonly asOfMs: number | undefined },
): Promise<readonly Balances[]> {
  return await tx.query<Balances>(
    `SELECT tenant_id AS tenant, provider, account, currency, jsonb_object_agg(ledger_account, amount::text) AS amounts
FROM ${tx.schema}.balance_as_of(coalesce(to_timestamp($1::double precision / 1000), 'infinity'))
WHERE $2::text IS NULL OR account = $2
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
    [asOfMs ?? null, account ?? null],
  );
}

import type { Transaction } from '@trunkline/postgres';

import { type ObjectKey, objectKeySql } from './object.ts';

/** What the facts of an object come to, where that is not what is posted. Minor units, as text. */
export interface Difference extends ObjectKey {
  readonly posting: string;
  readonly currency: string;
  readonly due: string;
  /** Null: nothing was ever posted. */
  readonly posted: string | null;
}

export interface CurrencyTotal {
  readonly currency: string;
  readonly objects: number;
  readonly due: string;
  readonly posted: string;
}

export interface LedgerCheck {
  readonly objects: number;
  /** The first of them, and how many there are. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
  /** Of the differences, per currency. */
  readonly totals: readonly CurrencyTotal[];
  readonly contradictions: readonly ObjectKey[];
  readonly contradictionCount: number;
}

const ofAccount = '($1::text IS NULL OR account = $1)';

export async function checkLedger(
  tx: Transaction,
  { account, limit }: { readonly account?: string | undefined; readonly limit: number },
): Promise<LedgerCheck> {
  const [objects] = await tx.query<{ readonly count: number }>(
    `SELECT count(*)::int AS count FROM ${tx.schema}.ledger_object WHERE ${ofAccount}`,
    [account ?? null],
  );
  const totals = await tx.query<CurrencyTotal & { readonly rows: number }>(
    `SELECT currency, count(DISTINCT (tenant_id, provider, account, kind, object_id))::int AS objects, count(*)::int AS rows,
  sum(due)::text AS due, coalesce(sum(posted), 0)::text AS posted
FROM ${tx.schema}.ledger_difference WHERE ${ofAccount} GROUP BY 1 ORDER BY 1`,
    [account ?? null],
  );
  const differences =
    totals.length === 0
      ? []
      : await tx.query<Difference>(
          `SELECT ${objectKeySql}, posting, currency, due::text, posted::text
FROM ${tx.schema}.ledger_difference WHERE ${ofAccount} ORDER BY 1, 2, 3, 4, 5, 6, 7 LIMIT $2`,
          [account ?? null, limit],
        );
  return {
    objects: objects?.count ?? 0,
    differences,
    differenceCount: totals.reduce((sum, { rows }) => sum + rows, 0),
    totals: totals.map(({ currency, objects: count, due, posted }) => ({ currency, objects: count, due, posted })),
    ...(await contradictionsOf(tx, { account, limit })),
  };
}

/** Objects that were told with different amounts, and not corrected since. */
export async function contradictionsOf(
  tx: Transaction,
  { account, limit }: { readonly account?: string | undefined; readonly limit: number },
): Promise<Pick<LedgerCheck, 'contradictions' | 'contradictionCount'>> {
  const rows = await tx.query<ObjectKey & { readonly all: number }>(
    `SELECT ${objectKeySql}, count(*) OVER ()::int AS "all"
FROM ${tx.schema}.ledger_object WHERE contradicted AND ${ofAccount} ORDER BY 1, 2, 3, 4, 5 LIMIT $2`,
    [account ?? null, limit],
  );
  const contradictions = rows.map(({ tenant, provider, account: of, kind, objectId }) => {
    return { tenant, provider, account: of, kind, objectId };
  });
  return { contradictions, contradictionCount: rows[0]?.all ?? 0 };
}

import type { Transaction } from '@trunkline/postgres';

import { type ObjectKey, objectKeySql } from './object.ts';

export interface ShownFact {
  readonly fact: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly occurredAt: Date;
  readonly eventId: string;
}

export interface ShownPosting {
  readonly posting: string;
  readonly debit: string;
  readonly credit: string;
  readonly amount: string;
  readonly currency: string;
  readonly effectiveAt: Date;
  readonly postedAt: Date;
  readonly eventId: string;
}

export interface ShownObject extends ObjectKey {
  readonly contradicted: boolean;
  readonly facts: readonly ShownFact[];
  readonly postings: readonly ShownPosting[];
}

/** Ids are unique only inside an account and a kind, so there may be several. */
const mostObjects = 20;
const eventIdSql = `'evt_' || replace(event_id::text, '-', '') AS "eventId"`;
const sameObject = '(tenant_id, provider, account, kind, object_id) = ($1, $2, $3, $4, $5)';

export async function showObjects(
  tx: Transaction,
  { objectId, account }: { readonly objectId: string; readonly account?: string | undefined },
): Promise<readonly ShownObject[]> {
  const found = await tx.query<ObjectKey & { readonly contradicted: boolean }>(
    `SELECT ${objectKeySql}, contradicted FROM ${tx.schema}.ledger_object
WHERE object_id = $1 AND ($2::text IS NULL OR account = $2) ORDER BY 1, 2, 3, 4 LIMIT ${mostObjects}`,
    [objectId, account ?? null],
  );
  const shown: ShownObject[] = [];
  for (const object of found) {
    const key = [object.tenant, object.provider, object.account, object.kind, object.objectId];
    const facts = await tx.query<ShownFact>(
      `SELECT fact, amount, currency, occurred_at AS "occurredAt", ${eventIdSql}
FROM ${tx.schema}.ledger_fact WHERE ${sameObject} ORDER BY entity_version`,
      key,
    );
    const postings = await tx.query<ShownPosting>(
      `SELECT posting, debit, credit, amount, currency, effective_at AS "effectiveAt", posted_at AS "postedAt", ${eventIdSql}
FROM ${tx.schema}.posting WHERE ${sameObject} ORDER BY posted_at, posting`,
      key,
    );
    shown.push({ ...object, facts, postings });
  }
  return shown;
}

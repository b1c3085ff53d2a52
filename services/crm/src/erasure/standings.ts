import type { Digest } from '@trunkline/addresses';
import {
  entityColumns,
  type EntityKey,
  entityOfParts,
  entityParameters,
  entityText,
  entityValues,
  identifier,
  type Transaction,
} from '@trunkline/postgres';

import type { Standing } from './admit.ts';

/** Stands for an object of a CRM without naming it. */
export function subjectOf(digest: Digest, key: EntityKey): string {
  return digest(key.tenantId, entityText(key)).toString('hex');
}

/** Of one that was erased. */
export interface ErasedStanding extends Standing {
  readonly erasedVersion: string;
  readonly erasedAtMs: number;
}

/** Asked before anything is done with an event. */
export async function readStandings(
  tx: Transaction,
  { table, digest }: { readonly table: string; readonly digest: Digest },
  keys: readonly EntityKey[],
): Promise<ReadonlyMap<string, ErasedStanding>> {
  const rows = await tx.query<Row>(standingsSql(table), [
    ...entityValues(keys),
    keys.map((key) => subjectOf(digest, key)),
  ]);
  return new Map(
    rows.map((row) => [
      entityText(entityOfParts(row.key)),
      {
        erasedVersion: row.erased_version,
        erasedAtMs: Number(row.erased_at),
        isLive: row.is_live,
        existenceVersion: row.existence_version ?? undefined,
      },
    ]),
  );
}

interface Row {
  readonly key: readonly string[];
  readonly erased_version: string;
  /** Epoch milliseconds. */
  readonly erased_at: string;
  readonly is_live: boolean;
  readonly existence_version: string | null;
}

const standingsSql = (table: string): string => `
SELECT ARRAY[k.tenant_id, k.provider, k.account, k.kind, k.entity_id] AS key, e.entity_version AS erased_version,
  extract(epoch FROM e.erased_at) * 1000 AS erased_at, c.deleted_at IS NULL AS is_live, c.existence_version
FROM unnest(${entityParameters(1)}, $6::text[]) AS k (${entityColumns}, subject)
JOIN crm.erased e ON e.tenant_id = k.tenant_id AND e.subject = decode(k.subject, 'hex')
LEFT JOIN crm.${identifier(table)} c ON (c.tenant_id, c.provider, c.account, c.kind, c.entity_id)
  = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)`;

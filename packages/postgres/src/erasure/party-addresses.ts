import { arrayLiteral, numberArrayLiteral } from '../array-literal.ts';
import {
  entityColumns,
  type EntityKey,
  entityParameters,
  entityText,
  entityValues,
  selectEntity,
} from '../entity-key.ts';
import type { Transaction } from '../transaction.ts';

/** That somebody with an address took part in an entity. */
export interface PartyAddress {
  readonly key: EntityKey;
  /** As what: `from`, `invitee`. */
  readonly party: string;
  /** In hex. */
  readonly digest: string;
  /** When an event said so, epoch milliseconds. */
  readonly sinceMs: number;
}

/** Remembers who took part in what in the schema's `party_address`, each since the earliest time that an event said. */
export async function writePartyAddresses(tx: Transaction, parties: readonly PartyAddress[]): Promise<void> {
  if (parties.length === 0) return;
  await tx.prepared(writeSql(tx.schema), [
    ...entityValues(parties.map(({ key }) => key)),
    arrayLiteral(parties.map(({ party }) => party)),
    arrayLiteral(parties.map(({ digest }) => digest)),
    numberArrayLiteral(parties.map(({ sinceMs }) => sinceMs)),
  ]);
}

/** Sorted: two transactions that write the same parties in different orders would deadlock. */
const writeSql = (schema: string): string => `
INSERT INTO ${schema}.party_address AS t (${entityColumns}, party, digest, since)
SELECT ${entityColumns}, party, decode(digest, 'hex'), to_timestamp(min(since) / 1000)
FROM unnest(${entityParameters(1)}, $6::text[], $7::text[], $8::double precision[])
  AS i (${entityColumns}, party, digest, since)
GROUP BY ${entityColumns}, party, digest
ORDER BY ${entityColumns}, party, digest
ON CONFLICT (${entityColumns}, party, digest) DO UPDATE SET since = excluded.since
WHERE excluded.since < t.since`;

/** By entity (`entityText`): the digests, in hex, of those who took part and are not erased in it. */
export async function readParties(
  tx: Transaction,
  keys: readonly EntityKey[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (keys.length === 0) return new Map();
  const rows = await tx.prepared<EntityKey & { readonly digests: readonly string[] }>(
    partiesSql(tx.schema),
    entityValues(keys),
  );
  return new Map(rows.map(({ digests, ...key }) => [entityText(key), digests]));
}

const partiesSql = (schema: string): string => `
SELECT ${selectEntity('p')}, array_agg(DISTINCT encode(p.digest, 'hex')) AS digests
FROM unnest(${entityParameters(1)}) AS k (${entityColumns})
JOIN ${schema}.party_address p USING (${entityColumns})
WHERE NOT EXISTS (
  SELECT FROM ${schema}.erased_address a
  WHERE (a.tenant_id, a.digest) = (p.tenant_id, p.digest) AND p.since <= a.erased_until)
GROUP BY 1, 2, 3, 4, 5`;

export interface PartyPage {
  readonly tenantId: string;
  /** In hex. */
  readonly digest: string;
  /** The last entity of the page before. */
  readonly after: EntityKey | undefined;
  readonly limit: number;
}

/** The entities that somebody with the address took part in, in the order of their keys. */
export async function readEntitiesAt(
  tx: Transaction,
  { tenantId, digest, after, limit }: PartyPage,
): Promise<readonly EntityKey[]> {
  const { provider = '', account = '', kind = '', entityId = '' } = after ?? {};
  return await tx.query<EntityKey>(pageSql(tx.schema), [tenantId, digest, provider, account, kind, entityId, limit]);
}

const pageSql = (schema: string): string => `
SELECT DISTINCT ${selectEntity('p')} FROM ${schema}.party_address p
WHERE p.tenant_id = $1 AND p.digest = decode($2, 'hex') AND (p.provider, p.account, p.kind, p.entity_id) > ($3, $4, $5, $6)
ORDER BY 2, 3, 4, 5 LIMIT $7`;

import { arrayLiteral } from './array-literal.ts';

/** What identifies an entity; docs/records.md, "Entities and keys". Rows of projections have it as their primary key. */
export interface EntityKey {
  readonly tenantId: string;
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly entityId: string;
}

/** One text for each entity, to compare and to look up by. Digests of it are kept, so it never changes. */
export function entityText({ tenantId, provider, account, kind, entityId }: EntityKey): string {
  return JSON.stringify([tenantId, provider, account, kind, entityId]);
}

/** The entity of a text that `entityText` wrote. */
export function entityOfText(text: string): EntityKey {
  // What entityText writes.
  return entityOfParts(JSON.parse(text) as readonly string[]);
}

/** The entity of a row that gives its key back as `key text[]`, in the order of the columns. */
export function entityOfParts([
  tenantId = '',
  provider = '',
  account = '',
  kind = '',
  entityId = '',
]: readonly string[]): EntityKey {
  return { tenantId, provider, account, kind, entityId };
}

/** Each entity once. */
export function distinctEntities(keys: readonly EntityKey[]): readonly EntityKey[] {
  return [...new Map(keys.map((key) => [entityText(key), key])).values()];
}

/** The columns of a key: `USING (${entityColumns})`. */
export const entityColumns = 'tenant_id, provider, account, kind, entity_id';

/** Entities as five parameters of a statement: `unnest(${entityParameters(1)}) AS k (${entityColumns})`. */
export function entityValues(keys: readonly EntityKey[]): readonly string[] {
  return [
    arrayLiteral(keys.map(({ tenantId }) => tenantId)),
    arrayLiteral(keys.map(({ provider }) => provider)),
    arrayLiteral(keys.map(({ account }) => account)),
    arrayLiteral(keys.map(({ kind }) => kind)),
    arrayLiteral(keys.map(({ entityId }) => entityId)),
  ];
}

export function entityParameters(first: number): string {
  return [0, 1, 2, 3, 4].map((index) => `$${first + index}::text[]`).join(', ');
}

/** What a statement selects, so that its rows are keys themselves. */
export function selectEntity(table: string): string {
  return `${table}.tenant_id AS "tenantId", ${table}.provider, ${table}.account, ${table}.kind, ${table}.entity_id AS "entityId"`;
}

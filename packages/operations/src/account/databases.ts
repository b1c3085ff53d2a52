import { type Database, identifier } from '@trunkline/postgres';

import type { Promised } from './promised.ts';

/** A service's schema, through a login that may read it. */
export interface Schemas {
  readonly database: Database;
  readonly schema: string;
  readonly signal: AbortSignal;
}

/** Ids of one question. */
const mostAtOnce = 10_000;

/** The uuids whose effect is there. */
export async function findDone(
  { database, schema, signal }: Schemas,
  promised: readonly Promised[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const uuids of portions(promised)) {
    const rows = await database.statement<{ readonly uuid: string }>(
      `SELECT event_id AS uuid FROM ${identifier(schema)}.inbox WHERE event_id = ANY ($1::uuid[])`,
      [uuids],
      { signal },
    );
    for (const { uuid } of rows) found.add(uuid);
  }
  return found;
}

/** What waits in keys that are kept in order, and the dead letters whose places are kept there, by uuid. */
export async function findParked(
  { database, schema, signal }: Schemas,
  promised: readonly Promised[],
): Promise<ReadonlyMap<string, 'waiting' | 'dead'>> {
  const [is] = await database.statement<{ readonly used: boolean }>(
    `SELECT EXISTS (SELECT FROM ${identifier(schema)}.blocked_key) AS used`,
    [],
    { signal },
  );
  const found = new Map<string, 'waiting' | 'dead'>();
  if (is?.used !== true) return found;
  for (const [tenant, own] of Map.groupBy(promised, ({ tenantId }) => tenantId)) {
    if (tenant === '') continue;
    for (const uuids of portions(own)) {
      const rows = await database.transaction(
        [tenant],
        (tx) =>
          tx.query<{ readonly uuid: string; readonly state: 'waiting' | 'dead' }>(
            `SELECT event_id AS uuid, CASE WHEN value IS NULL THEN 'dead' ELSE 'waiting' END AS state
             FROM ${identifier(schema)}.parked WHERE event_id = ANY ($1::uuid[])`,
            [uuids],
          ),
        { signal },
      );
      for (const { uuid, state } of rows) found.set(uuid, state);
    }
  }
  return found;
}

function portions(promised: readonly Promised[]): readonly (readonly string[])[] {
  const uuids = promised.flatMap(({ uuid }) => uuid ?? []);
  return Array.from({ length: Math.ceil(uuids.length / mostAtOnce) }, (_, n) =>
    uuids.slice(n * mostAtOnce, (n + 1) * mostAtOnce),
  );
}

import { eventIdOfUuid } from '@trunkline/core';
import { type EntityKey, entityText, entityValues, type Transaction } from '@trunkline/postgres';

import { disagrees, type Entry, entryOf } from './entry.ts';
import type { Fact, FactName } from './facts.ts';
import type { KnownFact } from './known-facts.ts';
import type { Posted } from './postings.ts';
import {
  enterSql,
  enterValues,
  factsSql,
  holdSql,
  holdValues,
  postingsSql,
  reviseSql,
  reviseValues,
} from './statements.ts';

/**
 * Enters what a batch says about money: in two statements where nobody spoke of its objects before, with two more to read
 * what is known of the others and one for what becomes different of it. Returns the objects of which it says otherwise
 * than what was said before, and not as a correction.
 */
export async function post(tx: Transaction, facts: readonly Fact[]): Promise<readonly EntityKey[]> {
  const told = groupByObject(facts);
  if (told.size === 0) return [];
  const asFresh = [...told].map(([key, own]) => ({ key, entry: entryOf(own, [], []) }));
  const held = await tx.prepared<KeyRow>(holdSql(tx.schema), holdValues(asFresh.map(({ entry }) => entry)));
  const known = new Set(held.map((row) => entityText(keyOf(row))));
  const fresh = asFresh.filter(({ key }) => !known.has(key)).map(({ entry }) => entry);
  const changed = await changesOf(tx, new Map([...told].filter(([key]) => known.has(key))));
  const entries = [...fresh, ...changed];
  if (entries.length > 0) await tx.prepared(enterSql(tx.schema), enterValues(entries));
  if (changed.length > 0) await tx.query(reviseSql(tx.schema), reviseValues(changed));
  return entries.filter(disagrees).map(({ object }) => object);
}

type Told = ReadonlyMap<string, readonly Fact[]>;

/** What is new of objects that were there. The transaction holds them, so what is read here is all there is. */
async function changesOf(tx: Transaction, told: Told): Promise<readonly Entry[]> {
  if (told.size === 0) return [];
  const objects = entityValues([...told.values()].flatMap(([fact]) => fact?.object ?? []));
  const facts = Map.groupBy(await tx.query<FactRow>(factsSql(tx.schema), objects), (row) => entityText(keyOf(row)));
  const postings = Map.groupBy(await tx.query<PostingRow>(postingsSql(tx.schema), objects), (row) =>
    entityText(keyOf(row)),
  );
  const entries = [...told].map(([key, own]) =>
    entryOf(own, (facts.get(key) ?? []).map(knownFact), (postings.get(key) ?? []).map(posted)),
  );
  return entries.filter(({ added, raised }) => added.length + raised.length > 0);
}

/** By object, in one order: two transactions that hold the same objects in different orders would deadlock. */
function groupByObject(facts: readonly Fact[]): Told {
  const groups = Map.groupBy(facts, ({ object }) => entityText(object));
  return new Map([...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

interface KeyRow {
  readonly tenant_id: string;
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly object_id: string;
}

/** Whole numbers of Postgres come as text. */
interface FactRow extends KeyRow {
  readonly fact: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly occurred_at: Date;
  readonly entity_version: string;
  readonly event_id: string;
}

interface PostingRow extends KeyRow {
  readonly posting: string;
  readonly debit: Posted['debit'];
  readonly amount: string;
  readonly currency: string;
}

function keyOf(row: KeyRow): EntityKey {
  const { tenant_id: tenantId, provider, account, kind, object_id: entityId } = row;
  return { tenantId, provider, account, kind, entityId };
}

function knownFact(row: FactRow): KnownFact {
  const { fact, amount, currency } = row;
  return {
    object: keyOf(row),
    row: fact,
    // Only names of facts, with or without a version behind them, are ever written.
    name: fact.split('@', 1)[0] as FactName,
    money: amount === null || currency === null ? null : { amount: BigInt(amount), currency },
    occurredAtMs: row.occurred_at.getTime(),
    version: row.entity_version,
    eventId: eventIdOfUuid(row.event_id),
  };
}

function posted({ posting: name, debit, amount, currency }: PostingRow): Posted {
  return { name, debit, amount: BigInt(amount), currency };
}

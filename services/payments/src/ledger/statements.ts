import { uuidOf } from '@trunkline/core';
import { arrayLiteral, entityParameters, entityValues } from '@trunkline/postgres';

import type { Entry } from './entry.ts';

/** The SQL of the ledger. Each statement takes any number of objects. */

/** One array for each parameter, as a literal. */
type Values = readonly string[];

const key = 'tenant_id, provider, account, kind, object_id';
const keyTypes = ['text', 'text', 'text', 'text', 'text'];

/**
 * Holds the objects until the transaction ends, in their order, and enters those that were not there. Returns the others:
 * one that another transaction has just written is waited for, and is another.
 */
export function holdSql(schema: string): string {
  return `WITH held AS (
  INSERT INTO ${schema}.ledger_object AS o (${key}, contradicted)
  SELECT ${rows(1, [...keyTypes, 'boolean'])}
  ON CONFLICT (${key}) DO UPDATE SET contradicted = o.contradicted
  RETURNING ${columnsOf('old')}
)
SELECT ${key} FROM held WHERE tenant_id IS NOT NULL`;
}

/** In the order in which they are to be held. */
export function holdValues(entries: readonly Entry[]): Values {
  const objects = entityValues(entries.map(({ object }) => object));
  return [...objects, arrayLiteral(entries.map((entry) => entry.isContradicted))];
}

/** What is known of the objects, which the transaction holds. */
export function factsSql(schema: string): string {
  return `SELECT ${columnsOf('f')}, fact, amount, currency, occurred_at, entity_version, event_id
FROM ${schema}.ledger_fact f JOIN unnest(${entityParameters(1)}) AS k (${key}) USING (${key})`;
}

export function postingsSql(schema: string): string {
  return `SELECT ${columnsOf('p')}, posting, debit, amount, currency
FROM ${schema}.posting p JOIN unnest(${entityParameters(1)}) AS k (${key}) USING (${key})`;
}

/** Enters what is new of objects that the transaction holds. */
export function enterSql(schema: string): string {
  return `WITH facts AS (
  INSERT INTO ${schema}.ledger_fact (${key}, fact, amount, currency, entity_version, event_id, occurred_at)
  SELECT ${rows(1, [...keyTypes, 'text', 'bigint', 'text', 'text', 'uuid'])}, ${times(11)}
)
INSERT INTO ${schema}.posting (${key}, posting, debit, credit, amount, currency, event_id, effective_at)
SELECT ${rows(12, [...keyTypes, 'text', 'text', 'text', 'bigint', 'text', 'uuid'])}, ${times(23)}`;
}

export function enterValues(entries: readonly Entry[]): Values {
  const facts = entries.flatMap(({ added }) => added);
  const postings = entries.flatMap((entry) => entry.postings.map((posting) => ({ ...posting, object: entry.object })));
  return [
    ...entityValues(facts.map(({ object }) => object)),
    arrayLiteral(facts.map(({ row }) => row)),
    arrayLiteral(facts.map(({ money }) => money?.amount ?? null)),
    arrayLiteral(facts.map(({ money }) => money?.currency ?? null)),
    arrayLiteral(facts.map(({ version }) => version)),
    arrayLiteral(facts.map(({ eventId }) => uuidOf(eventId))),
    arrayLiteral(facts.map(({ occurredAtMs }) => occurredAtMs)),
    ...entityValues(postings.map(({ object }) => object)),
    arrayLiteral(postings.map(({ name }) => name)),
    arrayLiteral(postings.map(({ debit }) => debit)),
    arrayLiteral(postings.map(({ credit }) => credit)),
    arrayLiteral(postings.map(({ amount }) => amount)),
    arrayLiteral(postings.map(({ currency }) => currency)),
    arrayLiteral(postings.map(({ eventId }) => uuidOf(eventId))),
    arrayLiteral(postings.map(({ effectiveAtMs }) => effectiveAtMs)),
  ];
}

/** Sets what became different of objects that were there and are held. */
export function reviseSql(schema: string): string {
  return `WITH raised AS (
  UPDATE ${schema}.ledger_fact f SET entity_version = raised.entity_version
  FROM unnest(${entityParameters(1)}, $6::text[], $7::text[]) AS raised (${key}, fact, entity_version)
  WHERE ${sameKey('f', 'raised')} AND f.fact = raised.fact
)
UPDATE ${schema}.ledger_object o SET contradicted = told.contradicted
FROM unnest(${entityParameters(8)}, $13::boolean[]) AS told (${key}, contradicted)
WHERE ${sameKey('o', 'told')} AND o.contradicted <> told.contradicted`;
}

export function reviseValues(entries: readonly Entry[]): Values {
  const raised = entries.flatMap((entry) => entry.raised);
  return [
    ...entityValues(raised.map(({ object }) => object)),
    arrayLiteral(raised.map(({ row }) => row)),
    arrayLiteral(raised.map(({ version }) => version)),
    ...holdValues(entries),
  ];
}

/**
 * One row for each place of the arrays, in their order: without a table between, which Postgres would write down, read
 * and plan for.
 */
function rows(first: number, types: readonly string[]): string {
  return types.map((type, index) => `unnest($${first + index}::${type}[])`).join(', ');
}

/** As `rows`, of milliseconds since 1970. */
function times(parameter: number): string {
  return `to_timestamp(unnest($${parameter}::double precision[]) / 1000)`;
}

function columnsOf(table: string): string {
  return key
    .split(', ')
    .map((column) => `${table}.${column}`)
    .join(', ');
}

function sameKey(one: string, other: string): string {
  return `(${columnsOf(one)}) = (${columnsOf(other)})`;
}

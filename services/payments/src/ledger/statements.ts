import { uuidOf } from '@trunkline/core';
import { arrayLiteral, entityParameters, entityValues } from '@trunkline/postgres';

import type { Entry } from './entry.ts';

/** The SQL of the ledger. Each statement takes any number of objects; rows of facts and postings name theirs by position. */

/** One array for each parameter, as a literal. */
type Values = readonly string[];
type Columns = readonly (readonly (string | number | boolean | null)[])[];

const key = 'tenant_id, provider, account, kind, object_id';

const objects = `told AS (
  SELECT * FROM unnest(${entityParameters(1)}, $6::boolean[])
    WITH ORDINALITY AS object (${key}, contradicted, position)
)`;

const facts = (schema: string, from: string): string => `facts AS (
  INSERT INTO ${schema}.ledger_fact (${key}, fact, amount, currency, occurred_at, entity_version, event_id)
  SELECT ${key}, fact, amount, currency, to_timestamp(occurred_at_ms / 1000), entity_version, event_id
  FROM ${from} JOIN unnest($7::bigint[], $8::text[], $9::bigint[], $10::text[], $11::double precision[], $12::text[], $13::uuid[])
    AS fact (position, fact, amount, currency, occurred_at_ms, entity_version, event_id) USING (position)
)`;

const postings = (schema: string, from: string): string => `postings AS (
  INSERT INTO ${schema}.posting (${key}, posting, debit, credit, amount, currency, effective_at, event_id)
  SELECT ${key}, posting, debit, credit, amount, currency, to_timestamp(effective_at_ms / 1000), event_id
  FROM ${from} JOIN unnest($14::bigint[], $15::text[], $16::text[], $17::text[], $18::bigint[], $19::text[], $20::double precision[], $21::uuid[])
    AS posting (position, posting, debit, credit, amount, currency, effective_at_ms, event_id) USING (position)
)`;

/**
 * Holds the objects until the transaction ends, in their order, and enters those that were not there. Returns the others:
 * one that another transaction has just written is waited for, and is another.
 */
export function openSql(schema: string): string {
  return `WITH ${objects},
held AS (
  INSERT INTO ${schema}.ledger_object AS o (${key}, contradicted)
  SELECT ${key}, contradicted FROM told ORDER BY position
  ON CONFLICT (${key}) DO UPDATE SET contradicted = o.contradicted
  RETURNING ${columnsOf('o')}, old.tenant_id IS NOT NULL AS is_known
),
opened AS (SELECT told.* FROM told JOIN held USING (${key}) WHERE NOT is_known),
${facts(schema, 'opened')},
${postings(schema, 'opened')}
SELECT ${key} FROM held WHERE is_known`;
}

export function openValues(entries: readonly Entry[]): Values {
  return literals([
    ...entityValues(entries.map(({ object }) => object)),
    entries.map((entry) => entry.isContradicted),
    ...columnsOfFacts(entries, ({ added }) => added),
    ...columnsOfPostings(entries),
  ]);
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

/** Enters what is new of objects that were there and are held. */
export function reviseSql(schema: string): string {
  return `WITH ${objects},
${facts(schema, 'told')},
${postings(schema, 'told')},
raised AS (
  UPDATE ${schema}.ledger_fact f SET entity_version = raised.entity_version
  FROM told JOIN unnest($22::bigint[], $23::text[], $24::text[]) AS raised (position, fact, entity_version) USING (position)
  WHERE ${sameKey('f', 'told')} AND f.fact = raised.fact
)
UPDATE ${schema}.ledger_object o SET contradicted = told.contradicted
FROM told WHERE ${sameKey('o', 'told')} AND o.contradicted <> told.contradicted`;
}

export function reviseValues(entries: readonly Entry[]): Values {
  const raised = placed(entries, (entry) => entry.raised);
  return [
    ...openValues(entries),
    ...literals([
      raised.map(({ position }) => position),
      raised.map(({ row }) => row.row),
      raised.map(({ row }) => row.version),
    ]),
  ];
}

/** Postgres reads a number or a truth in quotes as well. */
function literals(columns: Columns): Values {
  return columns.map((column) => arrayLiteral(column.map((value) => (value === null ? null : String(value)))));
}

function columnsOfFacts(entries: readonly Entry[], of: (entry: Entry) => Entry['added']): Columns {
  const rows = placed(entries, of);
  return [
    rows.map(({ position }) => position),
    rows.map(({ row }) => row.row),
    rows.map(({ row }) => row.money?.amount.toString() ?? null),
    rows.map(({ row }) => row.money?.currency ?? null),
    rows.map(({ row }) => row.occurredAtMs),
    rows.map(({ row }) => row.version),
    rows.map(({ row }) => uuidOf(row.eventId)),
  ];
}

function columnsOfPostings(entries: readonly Entry[]): Columns {
  const rows = placed(entries, ({ postings: own }) => own);
  return [
    rows.map(({ position }) => position),
    rows.map(({ row }) => row.name),
    rows.map(({ row }) => row.debit),
    rows.map(({ row }) => row.credit),
    rows.map(({ row }) => row.amount.toString()),
    rows.map(({ row }) => row.currency),
    rows.map(({ row }) => row.effectiveAtMs),
    rows.map(({ row }) => uuidOf(row.eventId)),
  ];
}

interface Placed<Row> {
  /** Of its object, from 1. */
  readonly position: number;
  readonly row: Row;
}

function placed<Row>(entries: readonly Entry[], of: (entry: Entry) => readonly Row[]): readonly Placed<Row>[] {
  return entries.flatMap((entry, index) => of(entry).map((row) => ({ position: index + 1, row })));
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

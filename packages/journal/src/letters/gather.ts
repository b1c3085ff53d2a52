import { isRequestId, uuidText } from '@trunkline/core';
import type { Transaction } from '@trunkline/postgres';

import { journalLimits } from '../limits.ts';
import type { StepRow } from '../rows.ts';
import type { Names } from '../write/names.ts';
import { causeOf } from './cause.ts';
import { letterLimits } from './limits.ts';

/**
 * Notes what copies on dead-letter and redrive topics say of letters: the newest dead copy speaks for its letter. For a
 * transaction that sees all tenants, with the rows of records that were not noted before: copies are counted.
 */
export async function gatherLetters(tx: Transaction, steps: readonly StepRow[], names: Names): Promise<void> {
  const dead = steps.filter(({ kind }) => kind === 'dead');
  const redriven = steps.filter(({ kind }) => kind === 'redrive');
  if (dead.length > 0)
    await tx.prepared(upsertSql, [JSON.stringify(newestOfEach(dead).map((letter) => rowOf(letter, names)))]);
  if (redriven.length > 0) {
    await tx.prepared(redrivenSql, [
      redriven.map(({ letterId }) => hexOf(letterId)),
      redriven.map(({ place }) => new Date(place.appendedAtMs).toISOString()),
    ]);
  }
}

interface Copies {
  readonly newest: StepRow;
  readonly firstDiedAtMs: number;
  readonly count: number;
}

/** One entry for each letter, in the order of their ids: two writers must not lock the same letters in different orders. */
function newestOfEach(dead: readonly StepRow[]): readonly Copies[] {
  const letters = new Map<string, Copies>();
  for (const step of dead) {
    const before = letters.get(step.letterId);
    const diedAtMs = step.place.appendedAtMs;
    letters.set(step.letterId, {
      newest: before === undefined || diedAtMs >= before.newest.place.appendedAtMs ? step : before.newest,
      firstDiedAtMs: Math.min(diedAtMs, before?.firstDiedAtMs ?? diedAtMs),
      count: (before?.count ?? 0) + 1,
    });
  }
  return [...letters.values()].toSorted((left, right) => (left.newest.letterId < right.newest.letterId ? -1 : 1));
}

function rowOf({ newest: step, firstDiedAtMs, count }: Copies, names: Names): Readonly<Record<string, unknown>> {
  const cause = causeOf(step);
  const idOf = (kind: 'source' | 'type' | 'code', name: string | undefined): number | null =>
    name === undefined ? null : names.idOf(kind, name);
  return {
    letter_id: hexOf(step.letterId),
    cause: hexOf(cause.id),
    event_id: step.recordId === undefined ? null : hexOf(step.recordId),
    trace_id: step.traceId === undefined ? null : uuidText(step.traceId),
    first_died_at: timeOf(firstDiedAtMs),
    died_at: timeOf(step.place.appendedAtMs),
    first_failure_at: timeOf(step.firstFailureAtMs),
    orig_at: timeOf(step.originalAtMs),
    orig_off: String(step.original.offset),
    dlt_off: String(step.place.offset),
    orig_topic: names.idOf('topic', step.original.topic),
    orig_part: step.original.partition,
    dlt_part: step.place.partition,
    grp: names.idOf('group', step.group),
    source: idOf('source', step.source),
    type: idOf('type', step.type),
    code: idOf('code', step.code),
    schema_id: step.schemaId ?? null,
    attempts: step.attemptsTotal,
    redrives: step.redrives,
    copies: count,
    bytes: step.bytes,
    is_request: step.recordId !== undefined && isRequestId(step.recordId),
    tenant_id: step.tenantId,
    record_key: textOf(step.recordKey, letterLimits.keyUnits),
    failure_kind: textOf(step.failureKind),
    class: textOf(step.exceptionClass),
    frame: textOf(cause.frame),
    constraint_name: textOf(cause.constraint),
    message: textOf(step.message),
    redrive_id: textOf(step.redriveId),
  };
}

function hexOf(id: string): string {
  return uuidText(id.slice(4));
}

/** Held to what a time of Postgres and of a person can be: a header may say anything. */
function timeOf(epochMs: number | undefined): string | null {
  if (epochMs === undefined || !Number.isFinite(epochMs)) return null;
  return new Date(Math.min(latestMs, Math.max(0, epochMs))).toISOString();
}
const latestMs = Date.UTC(9999, 0);

/** A NUL cannot stand in a text of Postgres, and half a character in none. */
function textOf(text: string | undefined, mostUnits: number = journalLimits.textUnits): string | null {
  return text === undefined ? null : text.replaceAll('\0', '').slice(0, mostUnits).toWellFormed();
}

/** What the newest copy says; the others add up or keep what was first. */
const ofNewest = [
  ['cause', 'uuid'],
  ['event_id', 'uuid'],
  ['trace_id', 'uuid'],
  ['died_at', 'timestamptz'],
  ['first_failure_at', 'timestamptz'],
  ['orig_at', 'timestamptz'],
  ['orig_off', 'bigint'],
  ['dlt_off', 'bigint'],
  ['orig_topic', 'integer'],
  ['orig_part', 'integer'],
  ['dlt_part', 'integer'],
  ['source', 'integer'],
  ['type', 'integer'],
  ['code', 'integer'],
  ['schema_id', 'integer'],
  ['attempts', 'integer'],
  ['redrives', 'integer'],
  ['bytes', 'integer'],
  ['is_request', 'boolean'],
  ['tenant_id', 'text'],
  ['record_key', 'text'],
  ['failure_kind', 'text'],
  ['class', 'text'],
  ['frame', 'text'],
  ['constraint_name', 'text'],
  ['message', 'text'],
  ['redrive_id', 'text'],
] as const;
const others = [
  ['letter_id', 'uuid'],
  ['grp', 'integer'],
  ['first_died_at', 'timestamptz'],
  ['copies', 'integer'],
] as const;

const columns = [...others, ...ofNewest];
const names = columns.map(([name]) => name).join(', ');

const upsertSql = `
INSERT INTO journal.letter AS letter (${names})
SELECT ${names} FROM json_to_recordset($1::json) AS given (${columns.map(([name, type]) => `${name} ${type}`).join(', ')})
ON CONFLICT (letter_id) DO UPDATE SET
  copies = letter.copies + excluded.copies,
  first_died_at = least(letter.first_died_at, excluded.first_died_at),
  ${ofNewest
    .map(
      ([name]) =>
        `${name} = CASE WHEN excluded.died_at >= letter.died_at THEN excluded.${name} ELSE letter.${name} END`,
    )
    .join(',\n  ')}`;

const redrivenSql = `
UPDATE journal.letter SET redriven_at = greatest(letter.redriven_at, given.at)
FROM (SELECT letter_id, max(at) AS at FROM unnest($1::uuid[], $2::timestamptz[]) AS given (letter_id, at)
  GROUP BY letter_id ORDER BY letter_id) given
WHERE letter.letter_id = given.letter_id`;

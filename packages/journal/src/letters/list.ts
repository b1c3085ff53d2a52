import { type RecordId, TrunklineError } from '@trunkline/core';
import type { CauseId, LetterId } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';

import { journalLimits } from '../limits.ts';
import { refusePage } from '../read/refuse.ts';
import { noTenant } from '../rows.ts';
import { withTenants, type TenantScope } from '../scope.ts';
import { letterConditions, type LetterFilter } from './filter.ts';
import { letterLimits } from './limits.ts';
import { letterStateSql, type LetterState, letterTablesSql } from './state.ts';

/** A consumer group, and the schema of its inbox. */
export interface LetterGroup {
  readonly name: string;
  readonly schema: string;
}

/** A dead letter as the index knows it. Times are epoch milliseconds; an absent value is undefined. */
export interface Letter {
  readonly id: LetterId;
  readonly group: string;
  readonly state: LetterState;
  /** Of a request its id; undefined where none can be read. */
  readonly recordId: RecordId | undefined;
  /** Undefined where none is known. */
  readonly tenant: string | undefined;
  readonly source: string | undefined;
  readonly type: string | undefined;
  readonly key: string | undefined;
  readonly original: { readonly topic: string; readonly partition: number; readonly offset: bigint };
  readonly originalAtMs: number | undefined;
  /** Of the newest copy, on the dead-letter topic. */
  readonly partition: number;
  readonly offset: bigint;
  readonly firstDiedAtMs: number;
  readonly diedAtMs: number;
  readonly firstFailureAtMs: number | undefined;
  readonly redrivenAtMs: number | undefined;
  readonly failureKind: string | undefined;
  readonly code: string | undefined;
  readonly class: string | undefined;
  readonly message: string | undefined;
  readonly cause: CauseId;
  readonly frame: string | undefined;
  readonly constraint: string | undefined;
  readonly attempts: number;
  readonly redrives: number;
  readonly copies: number;
  readonly bytes: number;
  /** 32 hex digits. */
  readonly traceId: string | undefined;
  /** The latest decision about it. */
  readonly decision: { readonly reason: string; readonly actor: string; readonly decidedAtMs: number } | undefined;
}

export interface LetterPage {
  readonly letters: readonly Letter[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined;
}

export interface ListLetters {
  readonly group: LetterGroup;
  readonly scope: TenantScope;
  readonly filter: LetterFilter;
  readonly limit?: number;
  /** Of the page before. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The letters of a group that a filter lets through, oldest first by their newest copy. Throws `config_invalid` for a cursor that is none, and beyond the limits of a page and of words. */
export async function listLetters(database: Database, asked: ListLetters): Promise<LetterPage> {
  const { group, scope, filter, limit = journalLimits.pageRows, signal } = asked;
  refusePage(limit, letterLimits.pageLetters);
  const conditions = letterConditions(group.name, filter);
  if (asked.after !== undefined) {
    const [us, id] = cursorOf(asked.after);
    const place = `(to_timestamp(${conditions.name(us)}::bigint / 1000000.0), ${conditions.name(id)}::uuid)`;
    conditions.addText(`(letter.died_at, letter.letter_id) > ${place}`);
  }
  const sql = `SELECT ${letterColumnsSql} FROM ${letterTablesSql(group.schema)} WHERE ${conditions.sql}
    ORDER BY letter.died_at, letter.letter_id LIMIT ${limit + 1}`;
  const rows = await withTenants(database, scope, (tx) => tx.query<LetterRow>(sql, conditions.values), { signal });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    letters: shown.map((row) => letterOf(row, group)),
    next: rows.length > shown.length && last !== undefined ? `${last.died_at_us}.${last.letter_id}` : undefined,
  };
}

function cursorOf(text: string): readonly [us: string, id: string] {
  const [, us, id] = /^(\d{1,17})\.([0-9a-f]{32})$/.exec(text) ?? [];
  if (us === undefined || id === undefined)
    throw new TrunklineError(
      'config_invalid',
      `${JSON.stringify(text)} is no place in a list: give what the page before named as the next one`,
    );
  return [us, id];
}

const letterColumnsSql = `
  replace(letter.letter_id::text, '-', '') AS letter_id, replace(letter.event_id::text, '-', '') AS event_id, letter.is_request,
  letter.tenant_id, source.name AS source, type.name AS type, code.name AS code, topic.name AS topic, letter.record_key,
  letter.orig_part, letter.orig_off::text, ${ms('letter.orig_at')} AS orig_at_ms, letter.dlt_part, letter.dlt_off::text,
  ${ms('letter.first_died_at')} AS first_died_at_ms, ${ms('letter.died_at')} AS died_at_ms,
  (extract(epoch FROM letter.died_at) * 1000000)::bigint::text AS died_at_us,
  ${ms('letter.first_failure_at')} AS first_failure_at_ms, ${ms('letter.redriven_at')} AS redriven_at_ms,
  letter.failure_kind, letter.class, letter.message, replace(letter.cause::text, '-', '') AS cause, letter.frame,
  letter.constraint_name, letter.attempts, letter.redrives, letter.copies, letter.bytes, replace(letter.trace_id::text, '-', '') AS trace_id,
  decision.reason AS decision_reason, decision.actor AS decision_actor, ${ms('decision.decided_at')} AS decided_at_ms,
  ${letterStateSql} AS state`;

/** Epoch milliseconds of a time, as text: the driver reads no 64 bits as a number. */
function ms(time: string): string {
  return `(extract(epoch FROM ${time}) * 1000)::bigint::text`;
}

export interface LetterRow {
  readonly letter_id: string;
  readonly event_id: string | null;
  readonly is_request: boolean;
  readonly tenant_id: string;
  readonly source: string | null;
  readonly type: string | null;
  readonly code: string | null;
  readonly topic: string | null;
  readonly record_key: string | null;
  readonly orig_part: number;
  readonly orig_off: string;
  readonly orig_at_ms: string | null;
  readonly dlt_part: number;
  readonly dlt_off: string;
  readonly first_died_at_ms: string;
  readonly died_at_ms: string;
  readonly died_at_us: string;
  readonly first_failure_at_ms: string | null;
  readonly redriven_at_ms: string | null;
  readonly failure_kind: string | null;
  readonly class: string | null;
  readonly message: string | null;
  readonly cause: string;
  readonly frame: string | null;
  readonly constraint_name: string | null;
  readonly attempts: number;
  readonly redrives: number;
  readonly copies: number;
  readonly bytes: number;
  readonly trace_id: string | null;
  readonly decision_reason: string | null;
  readonly decision_actor: string | null;
  readonly decided_at_ms: string | null;
  readonly state: LetterState;
}

export function letterOf(row: LetterRow, group: LetterGroup): Letter {
  const numberOf = (text: string | null): number | undefined => (text === null ? undefined : Number(text));
  const { decision_reason: reason, decision_actor: actor, decided_at_ms: decidedAt } = row;
  return {
    id: `ltr_${row.letter_id}`,
    group: group.name,
    state: row.state,
    recordId: row.event_id === null ? undefined : row.is_request ? `req_${row.event_id}` : `evt_${row.event_id}`,
    tenant: row.tenant_id === noTenant ? undefined : row.tenant_id,
    source: row.source ?? undefined,
    type: row.type ?? undefined,
    key: row.record_key ?? undefined,
    original: { topic: row.topic ?? '', partition: row.orig_part, offset: BigInt(row.orig_off) },
    originalAtMs: numberOf(row.orig_at_ms),
    partition: row.dlt_part,
    offset: BigInt(row.dlt_off),
    firstDiedAtMs: Number(row.first_died_at_ms),
    diedAtMs: Number(row.died_at_ms),
    firstFailureAtMs: numberOf(row.first_failure_at_ms),
    redrivenAtMs: numberOf(row.redriven_at_ms),
    failureKind: row.failure_kind ?? undefined,
    code: row.code ?? undefined,
    class: row.class ?? undefined,
    message: row.message ?? undefined,
    cause: `cau_${row.cause}`,
    frame: row.frame ?? undefined,
    constraint: row.constraint_name ?? undefined,
    attempts: row.attempts,
    redrives: row.redrives,
    copies: row.copies,
    bytes: row.bytes,
    traceId: row.trace_id ?? undefined,
    decision:
      reason === null || actor === null || decidedAt === null
        ? undefined
        : { reason, actor, decidedAtMs: Number(decidedAt) },
  };
}

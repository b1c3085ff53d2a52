import { eventIdOfUuid, isRequestId, type RecordId, uuidOf } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';

import { inScope, type TenantScope } from './scope.ts';

/** One copy of a record on a retry, dead-letter or redrive topic. */
export interface StepFound {
  readonly recordId: RecordId;
  readonly group: string;
  readonly kind: 'retry' | 'dead' | 'redrive';
  readonly place: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint;
    readonly appendedAtMs: number;
  };
  readonly original: { readonly topic: string; readonly partition: number; readonly offset: bigint };
  readonly attempt: number;
  readonly redrives: number;
  readonly dueAtMs: number | undefined;
  readonly failureKind: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly traceId: string | undefined;
}

/** Copies of one event that are shown; a redrive loop could make more. */
const mostSteps = 1_000;

/** The copies of these events and requests, oldest first. */
export async function readSteps(
  database: Database,
  question: { readonly scope: TenantScope; readonly ids: readonly RecordId[]; readonly signal?: AbortSignal },
): Promise<readonly StepFound[]> {
  if (question.ids.length === 0) return [];
  const requests = new Map(question.ids.filter(isRequestId).map((id) => [uuidOf(id), id]));
  const rows = await inScope(
    database,
    question.scope,
    (tx) => tx.query<StepColumns>(stepsSql, [question.ids.map(uuidOf)]),
    question.signal,
  );
  return rows.map((row) => ({
    recordId: requests.get(row.event_id) ?? eventIdOfUuid(row.event_id),
    group: row.grp,
    kind: row.kind,
    place: { topic: row.topic, partition: row.part, offset: BigInt(row.off), appendedAtMs: Number(row.appended_at) },
    original: { topic: row.orig_topic, partition: row.orig_part, offset: BigInt(row.orig_off) },
    attempt: row.attempt,
    redrives: row.redrives,
    dueAtMs: row.due_at === null ? undefined : Number(row.due_at),
    failureKind: row.failure_kind ?? undefined,
    code: row.code ?? undefined,
    message: row.message ?? undefined,
    traceId: row.trace_id?.replaceAll('-', ''),
  }));
}

interface StepColumns {
  readonly event_id: string;
  readonly grp: string;
  readonly kind: StepFound['kind'];
  readonly topic: string;
  readonly part: number;
  readonly off: string;
  readonly appended_at: string;
  readonly orig_topic: string;
  readonly orig_part: number;
  readonly orig_off: string;
  readonly attempt: number;
  readonly redrives: number;
  readonly due_at: string | null;
  readonly failure_kind: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly trace_id: string | null;
}

const stepsSql = `
SELECT s.event_id::text, grp.name AS grp, s.kind, topic.name AS topic, s.part, s.off::text,
  (extract(epoch FROM s.appended_at) * 1000)::bigint::text AS appended_at, orig.name AS orig_topic, s.orig_part,
  s.orig_off::text, s.attempt, s.redrives, (extract(epoch FROM s.due_at) * 1000)::bigint::text AS due_at,
  s.failure_kind, code.name AS code, s.message, s.trace_id::text
FROM journal.step s JOIN journal.name grp ON grp.id = s.grp JOIN journal.name topic ON topic.id = s.topic
JOIN journal.name orig ON orig.id = s.orig_topic LEFT JOIN journal.name code ON code.id = s.code
WHERE s.event_id = ANY ($1::uuid[]) ORDER BY s.appended_at, s.off LIMIT ${mostSteps}`;

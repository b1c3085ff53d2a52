import type { CauseId, LetterId } from '@trunkline/events';
import type { Database } from '@trunkline/postgres';

import { withTenants, type TenantScope } from '../scope.ts';
import { type CauseState, causeStateSql } from './cause-state.ts';
import { letterConditions, type LetterFilter } from './filter.ts';
import { letterLimits } from './limits.ts';
import type { LetterGroup } from './list.ts';
import { letterStateSql, type LetterState, letterTablesSql } from './state.ts';

/** Letters of one group that failed alike. */
export interface LetterBucket {
  readonly group: string;
  readonly topic: string | undefined;
  readonly class: string | undefined;
  readonly code: string | undefined;
  readonly cause: CauseId;
  readonly frame: string | undefined;
  readonly constraint: string | undefined;
  readonly open: number;
  /** In the plan of a job, or on its way back. */
  readonly underWay: number;
  readonly total: number;
  /** Tenants of the open ones; those whose tenant nobody knows count as one. */
  readonly tenants: number;
  readonly firstDiedAtMs: number;
  readonly lastDiedAtMs: number;
  readonly state: CauseState;
  /** What was decided about it, and by whom. */
  readonly decision: { readonly reason: string; readonly actor: string } | undefined;
  /** The newest one, an open one where there is one. */
  readonly sample: LetterId;
  readonly sampleMessage: string | undefined;
}

export interface CountLetters {
  readonly group: LetterGroup;
  readonly scope: TenantScope;
  readonly filter?: LetterFilter;
  readonly signal?: AbortSignal | undefined;
}

export interface LetterHistogram {
  /** Most open letters first. */
  readonly buckets: readonly LetterBucket[];
  /** False when there are more buckets than are told. */
  readonly complete: boolean;
}

/** The dead letters of a group by topic, class, code and cause. */
export async function countLetters(
  database: Database,
  { group, scope, filter = {}, signal }: CountLetters,
): Promise<LetterHistogram> {
  const conditions = letterConditions(group.name, filter);
  const sql = `
WITH judged AS (
  SELECT letter.letter_id, topic.name AS topic, letter.class, code.name AS code, letter.cause, letter.tenant_id,
    letter.first_died_at, letter.died_at, ${letterStateSql} AS state
  FROM ${letterTablesSql(group.schema)} WHERE ${conditions.sql}
), bucket AS (
  SELECT topic, class, code, cause, count(*)::int AS total, (count(*) FILTER (WHERE state = 'open'))::int AS open,
    (count(*) FILTER (WHERE state IN ('queued', 'sent')))::int AS under_way,
    (count(DISTINCT tenant_id) FILTER (WHERE state = 'open'))::int AS tenants,
    min(first_died_at) AS first_at, max(died_at) AS last_at,
    (array_agg(letter_id ORDER BY state = 'open' DESC, died_at DESC, letter_id))[1] AS sample
  FROM judged GROUP BY topic, class, code, cause
  ORDER BY open DESC, last_at DESC, cause LIMIT ${letterLimits.buckets + 1}
)
SELECT bucket.topic, bucket.class, bucket.code, replace(bucket.cause::text, '-', '') AS cause, total, open, under_way, tenants,
  (extract(epoch FROM first_at) * 1000)::bigint::text AS first_ms, (extract(epoch FROM last_at) * 1000)::bigint::text AS last_ms,
  replace(sample::text, '-', '') AS sample, letter.message, letter.frame, letter.constraint_name,
  ${causeStateSql('last_at')} AS state, decided.reason, decided.actor
FROM bucket JOIN journal.letter ON letter.letter_id = sample
LEFT JOIN journal.cause decided ON decided.cause = bucket.cause AND decided.consumer_group = ${conditions.name(group.name)}
ORDER BY open DESC, last_at DESC, bucket.cause`;
  const rows = await withTenants(database, scope, (tx) => tx.query<BucketRow>(sql, conditions.values), { signal });
  return {
    buckets: rows.slice(0, letterLimits.buckets).map((row) => bucketOf(row, group.name)),
    complete: rows.length <= letterLimits.buckets,
  };
}

interface BucketRow {
  readonly topic: string | null;
  readonly class: string | null;
  readonly code: string | null;
  readonly cause: string;
  readonly total: number;
  readonly open: number;
  readonly under_way: number;
  readonly tenants: number;
  readonly first_ms: string;
  readonly last_ms: string;
  readonly sample: string;
  readonly message: string | null;
  readonly frame: string | null;
  readonly constraint_name: string | null;
  readonly state: CauseState;
  readonly reason: string | null;
  readonly actor: string | null;
}

function bucketOf(row: BucketRow, group: string): LetterBucket {
  return {
    group,
    topic: row.topic ?? undefined,
    class: row.class ?? undefined,
    code: row.code ?? undefined,
    cause: `cau_${row.cause}`,
    frame: row.frame ?? undefined,
    constraint: row.constraint_name ?? undefined,
    open: row.open,
    underWay: row.under_way,
    total: row.total,
    tenants: row.tenants,
    firstDiedAtMs: Number(row.first_ms),
    lastDiedAtMs: Number(row.last_ms),
    state: row.state,
    decision: row.reason === null || row.actor === null ? undefined : { reason: row.reason, actor: row.actor },
    sample: `ltr_${row.sample}`,
    sampleMessage: row.message ?? undefined,
  };
}

/** How many letters of a group are in each state. */
export async function countLetterStates(
  database: Database,
  { group, scope, signal }: Omit<CountLetters, 'filter'>,
): Promise<Readonly<Record<LetterState, number>>> {
  const conditions = letterConditions(group.name, {});
  const sql = `SELECT ${letterStateSql} AS state, count(*)::int AS letters FROM ${letterTablesSql(group.schema)}
    WHERE ${conditions.sql} GROUP BY 1`;
  type Row = { readonly state: LetterState; readonly letters: number };
  const rows = await withTenants(database, scope, (tx) => tx.query<Row>(sql, conditions.values), { signal });
  const counted = new Map(rows.map(({ state, letters }) => [state, letters]));
  const of = (state: LetterState): number => counted.get(state) ?? 0;
  return {
    open: of('open'),
    queued: of('queued'),
    sent: of('sent'),
    applied: of('applied'),
    stale: of('stale'),
    discarded: of('discarded'),
    expired: of('expired'),
  };
}

import type { Database, Transaction } from '@trunkline/postgres';

import { headOf, type HeadRow, headSql, isDueSql, isLeasedSql, type JobHead, msSql } from '../jobs/job-head.ts';
import { type FindJob, type ListJobs, recentSql } from '../jobs/job.ts';
import { journalLimits } from '../limits.ts';
import { withTenants } from '../scope.ts';
import { type ReplayId, replayIdOf, replayUuid } from './replay-id.ts';

export type ReplayState = 'asked' | 'canary' | 'running' | 'ended';
/** `canary_failed`: too many events of the first deliveries became dead letters. `failed`: it cannot be done. */
export type ReplayEnding = 'done' | 'cancelled' | 'canary_failed' | 'failed';

/** Deliveries of the archive that somebody wants normalised again. */
export interface Replay extends JobHead<ReplayState, ReplayEnding> {
  readonly id: ReplayId;
  /** Of the source. */
  readonly tenant: string;
  readonly source: string;
  /** Received from then, and before then; epoch milliseconds. */
  readonly sinceMs: number;
  readonly untilMs: number;
  /** The newest verdict of each is one of these. */
  readonly verdicts: readonly string[];
  /** 0: ids are those of the first time. */
  readonly correction: number;
  /** Also events that were published before. */
  readonly all: boolean;
  /** Publishes a few first and awaits what becomes of them. */
  readonly canary: boolean;
  /** Somebody works on it. */
  readonly isLeased: boolean;
  readonly counts: ReplayCounts;
}

/** Deliveries of the plan by what became of them: the parts add up to `planned`. */
export interface ReplayCounts {
  readonly planned: number;
  readonly queued: number;
  readonly published: number;
  readonly skipped: number;
  readonly returned: number;
  /** Events that were published of them. */
  readonly events: number;
}

/** A replay as whoever works on it sees it at each step: counting its deliveries would cost more than the step. */
export interface LeasedReplay extends Omit<Replay, 'counts' | 'isLeased'> {
  readonly uuid: string;
  readonly hasQueued: boolean;
  /** The time for outcomes of the canary has passed. */
  readonly isDue: boolean;
  /** Deliveries of the canary that were published. */
  readonly published: number;
}

/** Newest first. Who sees one tenant sees the replays of its sources. */
export async function listReplays(
  database: Database,
  { scope, all = false, signal }: ListJobs,
): Promise<readonly Replay[]> {
  const sql = `${replaySql} WHERE ${all ? 'true' : recentSql('replay')}
    ORDER BY replay.created_at DESC LIMIT ${journalLimits.pageRows}`;
  const rows = await withTenants(database, scope, (tx) => tx.query<ReplayRow>(sql), { signal });
  return rows.map(replayOf);
}

/** Undefined where there is none, or none that the scope sees. */
export async function findReplay(
  database: Database,
  { scope, id, signal }: FindJob<ReplayId>,
): Promise<Replay | undefined> {
  return await withTenants(database, scope, (tx) => readReplay(tx, id), { signal });
}

export async function readReplay(tx: Transaction, id: ReplayId): Promise<Replay | undefined> {
  const [row] = await tx.query<ReplayRow>(`${replaySql} WHERE replay.job_id = $1::uuid`, [replayUuid(id)]);
  return row === undefined ? undefined : replayOf(row);
}

export async function readLeasedReplay(tx: Transaction, uuid: string): Promise<LeasedReplay | undefined> {
  const [row] = await tx.query<LeasedRow>(
    `SELECT ${columnsSql}, ${isDueSql('replay')},
       EXISTS (SELECT FROM journal.replay_delivery planned
         WHERE planned.job_id = replay.job_id AND planned.state = 'queued') AS has_queued,
       CASE WHEN replay.state = 'canary' THEN (SELECT count(*)::int FROM journal.replay_delivery planned
         WHERE planned.job_id = replay.job_id AND planned.state = 'published') ELSE 0 END AS published
     FROM journal.replay WHERE replay.job_id = $1::uuid`,
    [uuid],
  );
  if (row === undefined) return undefined;
  const { has_queued: hasQueued, is_due: isDue, published } = row;
  return { ...withoutCounts(row), uuid, hasQueued, isDue, published };
}

/** Why deliveries were skipped or returned, and how many of each. */
export async function readReplayReasons(
  database: Database,
  { scope, id, signal }: FindJob<ReplayId>,
): Promise<readonly { readonly state: string; readonly reason: string; readonly deliveries: number }[]> {
  const sql = `SELECT state, reason, count(*)::int AS deliveries FROM journal.replay_delivery
    WHERE job_id = $1::uuid AND reason IS NOT NULL GROUP BY state, reason ORDER BY deliveries DESC, reason`;
  return await withTenants(database, scope, (tx) => tx.query(sql, [replayUuid(id)]), { signal });
}

const columnsSql = `replay.job_id::text, replay.tenant_id, replay.source, replay.verdicts, replay.correction, replay.is_all,
  replay.has_canary, ${msSql('replay', 'since')}, ${msSql('replay', 'until')}, ${headSql('replay')}`;

const replaySql = `SELECT ${columnsSql}, ${isLeasedSql('replay')}, counts.*
FROM journal.replay CROSS JOIN LATERAL (
  SELECT count(*)::int AS planned, ${['queued', 'published', 'skipped', 'returned'].map(countSql).join(', ')},
    coalesce(sum(planned.events), 0)::int AS events
  FROM journal.replay_delivery planned WHERE planned.job_id = replay.job_id
) counts`;

function countSql(state: string): string {
  return `(count(*) FILTER (WHERE planned.state = '${state}'))::int AS ${state}`;
}

interface PlainRow extends HeadRow<ReplayState, ReplayEnding> {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly source: string;
  readonly verdicts: readonly string[];
  readonly correction: number;
  readonly is_all: boolean;
  readonly has_canary: boolean;
  readonly since_ms: string;
  readonly until_ms: string;
}

interface ReplayRow extends PlainRow, ReplayCounts {
  readonly is_leased: boolean;
}

interface LeasedRow extends PlainRow {
  readonly is_due: boolean;
  readonly has_queued: boolean;
  readonly published: number;
}

function withoutCounts(row: PlainRow): Omit<Replay, 'counts' | 'isLeased'> {
  return {
    id: replayIdOf(row.job_id),
    tenant: row.tenant_id,
    source: row.source,
    sinceMs: Number(row.since_ms),
    untilMs: Number(row.until_ms),
    verdicts: row.verdicts,
    correction: row.correction,
    all: row.is_all,
    canary: row.has_canary,
    ...headOf(row),
  };
}

function replayOf(row: ReplayRow): Replay {
  const { planned, queued, published, skipped, returned, events } = row;
  return {
    ...withoutCounts(row),
    isLeased: row.is_leased,
    counts: { planned, queued, published, skipped, returned, events },
  };
}

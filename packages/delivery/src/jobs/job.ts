import type { JobWish, Transaction } from '@trunkline/postgres';

import { type EndpointId, endpointIdOfUuid, type JobId, jobIdOfUuid, jobUuid } from '../ids.ts';
import type { JobKind, PairState } from './kinds.ts';

/** `held`: the endpoint takes nothing now. `awaiting`: all tasks are made, and not all of them are over. */
export type JobState = 'asked' | 'running' | 'held' | 'awaiting' | 'ended';
/** `counted`: a dry run. `failed`: it cannot be done. */
export type JobEnding = 'done' | 'counted' | 'cancelled' | 'endpoint_deleted' | 'failed';

/** Which messages a job is about. */
export interface JobQuery {
  /** Types of events; empty: all. */
  readonly types: readonly string[];
  /** How they stand at the endpoint; empty: all that the kind is about. */
  readonly states: readonly PairState[];
  /** Accepted from then until then. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What somebody asked to be done with messages of an endpoint, and how far it is. */
export interface DeliveryJob {
  readonly id: JobId;
  readonly tenantId: string;
  readonly kind: JobKind;
  readonly endpointId: EndpointId;
  readonly query: JobQuery;
  readonly isDryRun: boolean;
  readonly note: string;
  readonly actor: string;
  readonly wanted: JobWish;
  /** Messages a second. */
  readonly rate: number;
  readonly state: JobState;
  readonly ending: JobEnding | undefined;
  /** Why it stands still, or why it ended so. */
  readonly reason: string | undefined;
  readonly createdAtMs: number;
  readonly countedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  /** How many there are of each reason: those that it is about, and those that it leaves alone. */
  readonly chosen: Readonly<Record<string, number>>;
  readonly leftAlone: Readonly<Record<string, number>>;
  /** Of the oldest message of the tenant: nothing is stored of what came before. Undefined where there is none, or it is not counted yet. */
  readonly storedSinceMs: number | undefined;
  readonly counts: JobCounts;
}

export interface JobCounts {
  /** As they were counted. */
  readonly total: number;
  /** Those that a task was made for, or that were discarded. */
  readonly done: number;
  /** Of these: on their way, delivered, and ended in another way. */
  readonly waiting: number;
  readonly delivered: number;
  readonly undelivered: number;
  /** Given back when it was cancelled, as if nothing had been done with them. */
  readonly returned: number;
}

/** The least time that it takes: an endpoint may be slower. */
export function jobSeconds({ kind, rate, counts }: Pick<DeliveryJob, 'kind' | 'rate' | 'counts'>): number {
  return kind === 'discard' ? 0 : Math.ceil(counts.total / rate);
}

/** Where a page of jobs ends: when it was asked for, in microseconds since the epoch, and its uuid. */
export type JobPlace = readonly [at: string, job: string];

/** Jobs of the transaction's tenants, newest first. */
export async function readJobs(
  tx: Transaction,
  {
    endedWithinMs = null,
    after,
    limit,
  }: {
    /** Leaves out what ended before; all of them unless given. */
    readonly endedWithinMs?: number | null;
    readonly after?: JobPlace | undefined;
    readonly limit: number;
  },
): Promise<readonly { readonly job: DeliveryJob; readonly place: JobPlace }[]> {
  const rows = await tx.query<JobRow & { readonly at_us: string }>(
    `${jobSql(tx.schema)}
     WHERE ($1::float8 IS NULL OR job.finished_at IS NULL OR job.finished_at > now() - $1::float8 * interval '1 millisecond')
       AND ($2::bigint IS NULL OR (job.created_at, job.job_id) < (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::uuid))
     ORDER BY job.created_at DESC, job.job_id DESC LIMIT $4`,
    [endedWithinMs, ...(after ?? [null, null]), limit],
  );
  return rows.map((row) => ({ job: jobOf(row), place: [row.at_us, row.job_id] }));
}

/** Undefined where the transaction's tenants have no such job. */
export async function readJob(tx: Transaction, id: JobId): Promise<DeliveryJob | undefined> {
  const [row] = await tx.query<JobRow>(`${jobSql(tx.schema)} WHERE job.job_id = $1::uuid`, [jobUuid(id)]);
  return row === undefined ? undefined : jobOf(row);
}

/** What came of its tasks is counted where it stands: in tasks and attempts. */
const jobSql = (schema: string): string => `
SELECT job.job_id::text, job.tenant_id, job.kind, job.endpoint_id::text, job.types, job.states, job.is_dry_run, job.note, job.actor,
  job.wanted, job.rate, job.state, job.ending, job.reason, job.chosen, job.left_alone, job.done, job.returned,
  job.since, job.until, job.created_at, job.counted_at, job.finished_at, job.stored_since,
  (extract(epoch FROM job.created_at) * 1000000)::bigint::text AS at_us,
  (SELECT count(*)::integer FROM ${schema}.task t WHERE t.job_id = job.job_id) AS waiting, ended.*
FROM ${schema}.job CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE a.outcome = 'delivered')::integer AS delivered,
    count(*) FILTER (WHERE a.outcome <> 'delivered')::integer AS undelivered
  FROM ${schema}.attempt a
  WHERE job.kind <> 'discard' AND a.job_id = job.job_id AND a.outcome IS NOT NULL AND a.at >= job.created_at - interval '1 minute') ended`;

interface JobRow {
  readonly job_id: string;
  readonly tenant_id: string;
  readonly kind: JobKind;
  readonly endpoint_id: string;
  readonly types: readonly string[];
  readonly states: readonly PairState[];
  readonly is_dry_run: boolean;
  readonly note: string;
  readonly actor: string;
  readonly wanted: JobWish;
  readonly rate: number;
  readonly state: JobState;
  readonly ending: JobEnding | null;
  readonly reason: string | null;
  readonly chosen: Readonly<Record<string, number>>;
  readonly left_alone: Readonly<Record<string, number>>;
  readonly done: number;
  readonly returned: number;
  readonly since: Date;
  readonly until: Date;
  readonly created_at: Date;
  readonly counted_at: Date | null;
  readonly finished_at: Date | null;
  readonly stored_since: Date | null;
  readonly waiting: number;
  readonly delivered: number;
  readonly undelivered: number;
}

function jobOf(row: JobRow): DeliveryJob {
  return {
    id: jobIdOfUuid(row.job_id),
    tenantId: row.tenant_id,
    kind: row.kind,
    endpointId: endpointIdOfUuid(row.endpoint_id),
    query: {
      types: row.types,
      states: row.states,
      sinceMs: row.since.getTime(),
      untilMs: row.until.getTime(),
    },
    isDryRun: row.is_dry_run,
    note: row.note,
    actor: row.actor,
    wanted: row.wanted,
    rate: row.rate,
    state: row.state,
    ending: row.ending ?? undefined,
    reason: row.reason ?? undefined,
    createdAtMs: row.created_at.getTime(),
    countedAtMs: row.counted_at?.getTime(),
    finishedAtMs: row.finished_at?.getTime(),
    chosen: row.chosen,
    leftAlone: row.left_alone,
    storedSinceMs: row.stored_since?.getTime(),
    counts: {
      total: Object.values(row.chosen).reduce((sum, count) => sum + count, 0),
      done: row.done,
      waiting: row.waiting,
      delivered: row.delivered,
      undelivered: row.undelivered,
      returned: row.returned,
    },
  };
}

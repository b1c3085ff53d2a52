import type { Database, Transaction } from '@trunkline/postgres';

import type { LetterFilter } from '../letters/filter.ts';
import { journalLimits } from '../limits.ts';
import { noTenant } from '../rows.ts';
import { withTenants, type TenantScope } from '../scope.ts';
import { headOf, type HeadRow, headSql, isDueSql, isLeasedSql, type JobHead } from './job-head.ts';

export type JobState = 'asked' | 'canary' | 'running' | 'awaiting' | 'ended';
/** `canary_failed`: too many of the first ones died again. `dies_again`: of all that were sent. `failed`: it cannot be done. */
export type JobEnding = 'done' | 'cancelled' | 'canary_failed' | 'dies_again' | 'failed';

export interface RedriveOptions {
  /** Send a few first and await what becomes of them. */
  readonly canary: boolean;
  /** Also what is too old, on its way, or was sent back as often as a letter may be. */
  readonly force: boolean;
}

/** What somebody asked to be done with letters, and how far it is. */
export interface Job extends JobHead<JobState, JobEnding> {
  readonly id: string;
  readonly kind: 'redrive';
  /** Undefined: not one tenant's. */
  readonly tenant: string | undefined;
  readonly group: string;
  readonly filter: LetterFilter;
  readonly options: RedriveOptions;
  /** Somebody works on it. */
  readonly isLeased: boolean;
  readonly counts: JobCounts;
}

/** A job as whoever works on it sees it at each step: counting its letters would cost more than the step. */
export interface LeasedJob extends Omit<Job, 'counts' | 'isLeased'> {
  /** The end of its phase has passed. */
  readonly isDue: boolean;
  readonly hasQueued: boolean;
  /** Some are on their way. */
  readonly hasSent: boolean;
}

/** Letters of the plan by what became of them: the parts add up to `planned`. */
export interface JobCounts {
  readonly planned: number;
  readonly queued: number;
  /** On their way: no outcome yet. */
  readonly sent: number;
  readonly applied: number;
  readonly stale: number;
  readonly diedAgain: number;
  readonly returned: number;
  readonly skipped: number;
}

/** With `all` also those that ended more than a day ago. */
export interface ListJobs {
  readonly scope: TenantScope;
  readonly all?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface FindJob<Id extends string = string> {
  readonly scope: TenantScope;
  readonly id: Id;
  readonly signal?: AbortSignal | undefined;
}

/** Newest first. Who sees one tenant sees its jobs; a job of several is seen by who sees all. */
export async function listJobs(database: Database, { scope, all = false, signal }: ListJobs): Promise<readonly Job[]> {
  const sql = `${jobSql} WHERE ${all ? 'true' : recentSql('job')}
    ORDER BY job.created_at DESC LIMIT ${journalLimits.pageRows}`;
  const rows = await withTenants(database, scope, (tx) => tx.query<JobRow>(sql), { signal });
  return rows.map(jobOf);
}

/** Undefined where there is none, or none that the scope sees. */
export async function findJob(database: Database, { scope, id, signal }: FindJob): Promise<Job | undefined> {
  return await withTenants(database, scope, (tx) => readJob(tx, id), { signal });
}

export async function readJob(tx: Transaction, id: string): Promise<Job | undefined> {
  const [row] = await tx.query<JobRow>(`${jobSql} WHERE job.job_id = $1::uuid`, [id]);
  return row === undefined ? undefined : jobOf(row);
}

export async function readLeasedJob(tx: Transaction, id: string): Promise<LeasedJob | undefined> {
  const [row] = await tx.query<LeasedJobRow>(
    `SELECT ${columnsSql}, ${isDueSql('job')},
       ${someSql('queued')} AS has_queued, ${someSql('sent')} AS has_sent
     FROM journal.job WHERE job.job_id = $1::uuid`,
    [id],
  );
  if (row === undefined) return undefined;
  return { ...withoutCounts(row), isDue: row.is_due, hasQueued: row.has_queued, hasSent: row.has_sent };
}

export async function countJob(tx: Transaction, id: string): Promise<JobCounts> {
  const [row] = await tx.query<CountsRow>(`SELECT counts.* FROM journal.job ${countsSql} WHERE job.job_id = $1::uuid`, [
    id,
  ]);
  if (row === undefined) throw new RangeError(`there is no job ${id}`);
  return countsOf(row);
}

/** Why letters were skipped or returned, and how many of each. */
export async function readJobReasons(
  database: Database,
  { scope, id, signal }: FindJob,
): Promise<readonly { readonly state: string; readonly reason: string; readonly letters: number }[]> {
  return await withTenants(
    database,
    scope,
    (tx) =>
      tx.query(
        `SELECT state, reason, count(*)::int AS letters FROM journal.job_letter
         WHERE job_id = $1::uuid AND reason IS NOT NULL GROUP BY state, reason ORDER BY letters DESC, reason`,
        [id],
      ),
    { signal },
  );
}

const columnsSql = `job.job_id::text, job.kind, job.tenant_id, job.consumer_group, job.filter, job.options, ${headSql('job')}`;

const countsSql = `CROSS JOIN LATERAL (
  SELECT count(*)::int AS planned, ${countSql('queued', 'queued')}, ${countSql('sent', 'sent')}, ${countSql('applied', 'applied')},
    ${countSql('stale', 'stale')}, ${countSql('died_again', 'died_again')}, ${countSql('returned', 'returned')},
    ${countSql('skipped', 'skipped')}
  FROM journal.job_letter planned WHERE planned.job_id = job.job_id
) counts`;

const jobSql = `SELECT ${columnsSql}, ${isLeasedSql('job')}, counts.*
FROM journal.job ${countsSql}`;

function countSql(state: string, name: string): string {
  return `(count(*) FILTER (WHERE state = '${state}'))::int AS ${name}`;
}

function someSql(state: string): string {
  return `EXISTS (SELECT FROM journal.job_letter planned WHERE planned.job_id = job.job_id AND planned.state = '${state}')`;
}

/** Of a table of jobs: under way, or ended within a day. */
export function recentSql(table: string): string {
  return `${table}.state <> 'ended' OR ${table}.finished_at > now() - interval '1 day'`;
}

interface PlainRow extends HeadRow<JobState, JobEnding> {
  readonly job_id: string;
  readonly kind: 'redrive';
  readonly tenant_id: string;
  readonly consumer_group: string;
  readonly filter: LetterFilter;
  readonly options: RedriveOptions;
}

interface CountsRow extends Omit<JobCounts, 'diedAgain'> {
  readonly died_again: number;
}

interface JobRow extends PlainRow, CountsRow {
  readonly is_leased: boolean;
}

interface LeasedJobRow extends PlainRow {
  readonly is_due: boolean;
  readonly has_queued: boolean;
  readonly has_sent: boolean;
}

function withoutCounts(row: PlainRow): Omit<Job, 'counts' | 'isLeased'> {
  return {
    id: row.job_id,
    kind: row.kind,
    tenant: row.tenant_id === noTenant ? undefined : row.tenant_id,
    group: row.consumer_group,
    filter: row.filter,
    options: row.options,
    ...headOf(row),
  };
}

function countsOf({
  planned,
  queued,
  sent,
  applied,
  stale,
  died_again: diedAgain,
  returned,
  skipped,
}: CountsRow): JobCounts {
  return { planned, queued, sent, applied, stale, diedAgain, returned, skipped };
}

function jobOf(row: JobRow): Job {
  return { ...withoutCounts(row), isLeased: row.is_leased, counts: countsOf(row) };
}

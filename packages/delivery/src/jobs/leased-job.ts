import {
  claimWork,
  type Database,
  type Lease,
  leaseLost,
  releaseLease,
  renewLease,
  type Transaction,
} from '@trunkline/postgres';

import { endpointIdOfUuid, type JobId, jobIdOfUuid, jobUuid } from '../ids.ts';
import type { DeliveryJob, JobEnding, JobState } from './job.ts';
import { jobLimits } from './limits.ts';

/** Jobs are leased work: one process has a job, until it ends, gives it back or is not heard of. */
const turns = {
  table: 'job_turn',
  key: 'job_id',
  // One job of an endpoint at a time, the eldest; those that only count or await are in nobody's way.
  where: `NOT work.is_in_line OR NOT EXISTS (
    SELECT FROM delivery.job_turn elder WHERE elder.endpoint_id = work.endpoint_id AND elder.is_in_line
      AND (elder.asked_at, elder.job_id) < (work.asked_at, work.job_id))`,
  orderBy: 'work.asked_at, work.job_id',
} as const;

/** A job that a process has, and for how long at a time. */
export interface JobLease extends Lease {
  readonly tenantId: string;
  readonly leaseMs: number;
}

/** Takes a job that nobody has. */
export async function claimJob(
  database: Database,
  { owner, leaseMs, signal }: { readonly owner: string; readonly leaseMs: number; readonly signal?: AbortSignal },
): Promise<JobLease | undefined> {
  return await database.transaction(
    [],
    async (tx) => {
      const lease = await claimWork(tx, turns, { owner, leaseMs });
      if (lease === undefined) return undefined;
      const [turn] = await tx.query<{ readonly tenant_id: string }>(
        `SELECT tenant_id FROM ${tx.schema}.job_turn WHERE job_id = $1::uuid`,
        [lease.id],
      );
      return turn === undefined ? undefined : { ...lease, tenantId: turn.tenant_id, leaseMs };
    },
    { signal },
  );
}

/** A job as whoever works on it sees it: counting what came of its tasks would cost more than a step. */
export interface LeasedJob extends Pick<
  DeliveryJob,
  'id' | 'tenantId' | 'kind' | 'endpointId' | 'isDryRun' | 'actor' | 'wanted' | 'rate' | 'reason' | 'ending'
> {
  readonly uuid: string;
  readonly state: JobState;
  readonly types: readonly string[];
  readonly states: readonly string[];
  /** As Postgres writes them: with microseconds, which a Date has not. */
  readonly since: string;
  readonly until: string;
  readonly place: { readonly at: string; readonly event: string } | undefined;
  readonly chosen: Readonly<Record<string, number>>;
  readonly leftAlone: Readonly<Record<string, number>>;
  readonly done: number;
  /** How long all its tasks are made, milliseconds. */
  readonly awaitingMs: number | undefined;
}

/**
 * Runs `run` in a transaction that has the job: it renews the lease and locks its row first, so whatever it writes is written
 * by the one that holds the lease, or not at all.
 */
export async function withJob<T>(
  database: Database,
  lease: JobLease,
  ...[run, signal]: [run: (tx: Transaction, job: LeasedJob) => Promise<T>, signal?: AbortSignal]
): Promise<T | typeof leaseLost> {
  return await database.transaction(
    [lease.tenantId],
    async (tx) => {
      if (!(await renewLease(tx, turns, { lease, leaseMs: lease.leaseMs }))) return leaseLost;
      const job = await readLeasedJob(tx, jobIdOfUuid(lease.id));
      return job === undefined ? leaseLost : await run(tx, job);
    },
    { signal, deadlineMs: jobLimits.stepDeadlineMs },
  );
}

/** A process may have it again after `pauseMs`. */
export async function releaseJob(database: Database, lease: JobLease, pauseMs: number): Promise<void> {
  await database.transaction([], (tx) => releaseLease(tx, turns, { lease, pauseMs }));
}

export interface JobStep {
  readonly state?: JobState;
  readonly ending?: JobEnding;
  /** Null: none any more. */
  readonly reason?: string | null;
  /** Null: back to the beginning. */
  readonly place?: LeasedJob['place'] | null;
  readonly chosen?: LeasedJob['chosen'];
  readonly leftAlone?: LeasedJob['leftAlone'];
  readonly done?: number;
  readonly returned?: number;
  readonly isCounted?: boolean;
}

/** Moves a job on, within `withJob`. One that ends has no turn any more. */
export async function moveJob(tx: Transaction, job: LeasedJob, step: JobStep): Promise<void> {
  const { state = job.state, place, isCounted = false } = step;
  await tx.query(
    `UPDATE ${tx.schema}.job SET state = $2, ending = coalesce($3, ending), reason = $4, place_at = $5::timestamptz,
       place_event = $6::uuid, chosen = $7::jsonb, left_alone = $8::jsonb, done = $9, returned = returned + $10,
       counted_at = CASE WHEN $11 THEN clock_timestamp() ELSE counted_at END,
       made_at = CASE WHEN $2 = 'awaiting' THEN coalesce(made_at, clock_timestamp()) ELSE made_at END,
       finished_at = CASE WHEN $2 = 'ended' THEN clock_timestamp() ELSE finished_at END,
       stored_since = CASE WHEN $11 THEN (SELECT min(accepted_at) FROM ${tx.schema}.message WHERE tenant_id = $12) ELSE stored_since END
     WHERE job_id = $1::uuid`,
    [
      job.uuid,
      state,
      step.ending ?? null,
      step.reason === undefined ? (job.reason ?? null) : step.reason,
      place === undefined ? (job.place?.at ?? null) : (place?.at ?? null),
      place === undefined ? (job.place?.event ?? null) : (place?.event ?? null),
      JSON.stringify(step.chosen ?? job.chosen),
      JSON.stringify(step.leftAlone ?? job.leftAlone),
      step.done ?? job.done,
      step.returned ?? 0,
      isCounted,
      job.tenantId,
    ],
  );
  if (state === 'ended') await tx.query(`DELETE FROM ${tx.schema}.job_turn WHERE job_id = $1::uuid`, [job.uuid]);
  else if (state === 'awaiting')
    await tx.query(`UPDATE ${tx.schema}.job_turn SET is_in_line = false WHERE job_id = $1::uuid`, [job.uuid]);
}

async function readLeasedJob(tx: Transaction, id: JobId): Promise<LeasedJob | undefined> {
  const [row] = await tx.query<LeasedRow>(
    `SELECT j.tenant_id, j.kind, j.endpoint_id::text, j.is_dry_run, j.actor, j.wanted, j.rate, j.reason, j.ending, j.state, j.types,
       j.states, j.since::text, j.until::text, j.place_at::text, j.place_event::text, j.chosen, j.left_alone, j.done,
       extract(epoch FROM clock_timestamp() - j.made_at)::float8 * 1000 AS awaiting_ms
     FROM ${tx.schema}.job j WHERE j.job_id = $1::uuid`,
    [jobUuid(id)],
  );
  if (row === undefined) return undefined;
  return {
    id,
    uuid: jobUuid(id),
    tenantId: row.tenant_id,
    kind: row.kind,
    endpointId: endpointIdOfUuid(row.endpoint_id),
    isDryRun: row.is_dry_run,
    actor: row.actor,
    wanted: row.wanted,
    rate: row.rate,
    reason: row.reason ?? undefined,
    ending: row.ending ?? undefined,
    state: row.state,
    types: row.types,
    states: row.states,
    since: row.since,
    until: row.until,
    place: row.place_at === null || row.place_event === null ? undefined : { at: row.place_at, event: row.place_event },
    chosen: row.chosen,
    leftAlone: row.left_alone,
    done: row.done,
    awaitingMs: row.awaiting_ms ?? undefined,
  };
}

interface LeasedRow {
  readonly tenant_id: string;
  readonly kind: DeliveryJob['kind'];
  readonly endpoint_id: string;
  readonly is_dry_run: boolean;
  readonly actor: string;
  readonly wanted: DeliveryJob['wanted'];
  readonly rate: number;
  readonly reason: string | null;
  readonly ending: JobEnding | null;
  readonly state: JobState;
  readonly types: readonly string[];
  readonly states: readonly string[];
  readonly since: string;
  readonly until: string;
  readonly place_at: string | null;
  readonly place_event: string | null;
  readonly chosen: Readonly<Record<string, number>>;
  readonly left_alone: Readonly<Record<string, number>>;
  readonly done: number;
  readonly awaiting_ms: number | null;
}

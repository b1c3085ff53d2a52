import { channels, endpointUuid, jobKinds, type LeasedJob, shardOf } from '@trunkline/delivery';
import type { Transaction } from '@trunkline/postgres';

import type { Pair } from './kinds/kind.ts';

/** Does what the job is for with these pairs; returns with how many it was done. */
export async function act(tx: Transaction, job: LeasedJob, pairs: readonly Pair[]): Promise<number> {
  if (pairs.length === 0) return 0;
  return jobKinds[job.kind].does === 'send' ? await send(tx, job, pairs) : await discard(tx, job, pairs);
}

/** Due now, with a schedule of its own, beside whatever order the endpoint has. The numbers of its requests go on. */
async function send(tx: Transaction, job: LeasedJob, pairs: readonly Pair[]): Promise<number> {
  const shard = shardOf(job.endpointId);
  const made = await tx.query(
    `INSERT INTO ${tx.schema}.task
       (endpoint_id, event_id, tenant_id, shard, message_at, due_at, born_at, attempts, bytes, cause, job_id)
     SELECT $1::uuid, given.event_id, $2::text, $3::smallint, given.message_at, now(), now(),
       (SELECT coalesce(max(a.no), 0) FROM ${tx.schema}.attempt a WHERE a.event_id = given.event_id AND a.endpoint_id = $1::uuid),
       given.bytes, $4::text, $5::uuid
     FROM unnest($6::uuid[], $7::timestamptz[], $8::integer[]) WITH ORDINALITY AS given (event_id, message_at, bytes, place)
     ORDER BY given.place
     ON CONFLICT (endpoint_id, event_id) DO NOTHING RETURNING event_id`,
    [
      endpointUuid(job.endpointId),
      job.tenantId,
      shard,
      job.kind,
      job.uuid,
      pairs.map(({ eventUuid }) => eventUuid),
      pairs.map(({ messageAt }) => messageAt),
      pairs.map(({ bytes }) => bytes),
    ],
  );
  await tx.query('SELECT pg_notify($1, $2)', [channels.tasks, String(shard)]);
  return made.length;
}

/** A request that is under way meanwhile may still arrive; then it stands in the log, too. */
async function discard(tx: Transaction, job: LeasedJob, pairs: readonly Pair[]): Promise<number> {
  const gone = await tx.query(
    `WITH given AS (SELECT * FROM unnest($2::uuid[], $3::text[]) AS given (event_id, type)),
     gone AS (
       DELETE FROM ${tx.schema}.task t USING given WHERE t.endpoint_id = $1::uuid AND t.event_id = given.event_id
       RETURNING t.event_id, t.message_at, given.type)
     INSERT INTO ${tx.schema}.attempt
       (at, event_id, endpoint_id, no, tenant_id, type, message_at, code, took_ms, outcome, cause, job_id)
     SELECT now(), event_id, $1::uuid, 0, $4, type, message_at, 'by_job', 0, 'discarded', 'discard', $5::uuid FROM gone
     RETURNING event_id`,
    [
      endpointUuid(job.endpointId),
      pairs.map(({ eventUuid }) => eventUuid),
      pairs.map(({ type }) => type),
      job.tenantId,
      job.uuid,
    ],
  );
  await tellTaken(tx, job);
  return gone.length;
}

/** Takes back the tasks of a job that no answer came to yet, as if they had not been made; returns how many. */
export async function takeBack(tx: Transaction, job: LeasedJob): Promise<number> {
  if (jobKinds[job.kind].does !== 'send') return 0;
  const taken = await tx.query(
    `DELETE FROM ${tx.schema}.task WHERE job_id = $1::uuid AND last_code IS NULL RETURNING event_id`,
    [job.uuid],
  );
  if (taken.length > 0) await tellTaken(tx, job);
  return taken.length;
}

async function tellTaken(tx: Transaction, job: LeasedJob): Promise<void> {
  await tx.query('SELECT pg_notify($1, $2)', [channels.taken, endpointUuid(job.endpointId)]);
}

/** How many of its tasks wait, at most `most`. */
export async function waitingOf(tx: Transaction, job: LeasedJob, most: number): Promise<number> {
  const [row] = await tx.query<{ readonly waiting: number }>(
    `SELECT count(*)::integer AS waiting FROM (SELECT FROM ${tx.schema}.task WHERE job_id = $1::uuid LIMIT $2) AS counted`,
    [job.uuid, most],
  );
  return row?.waiting ?? 0;
}

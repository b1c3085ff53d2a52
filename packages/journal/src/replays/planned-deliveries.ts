import { type DeliveryId, deliveryIdOfUuid, type EventId, uuidOf } from '@trunkline/core';
import type { Database, Transaction } from '@trunkline/postgres';

import type { LetterGroup } from '../letters/list.ts';
import { withTenants } from '../scope.ts';
import type { LeasedReplay } from './replay.ts';

/** A delivery that is to be normalised again. */
export interface DeliveryToPlan {
  readonly id: DeliveryId;
  /** Of its first record in the archive. */
  readonly partition: number;
  readonly offset: bigint;
  readonly bytes: number;
  readonly verdict: string;
  readonly eventIds: readonly string[];
}

/** One that waits in a plan. */
export interface PlannedDelivery extends DeliveryToPlan {
  readonly place: number;
}

/** Freezes the plan of a replay: its deliveries, in their order. */
export async function planReplay(
  tx: Transaction,
  replay: Pick<LeasedReplay, 'uuid' | 'tenant'>,
  deliveries: readonly DeliveryToPlan[],
): Promise<void> {
  await tx.query(
    `INSERT INTO journal.replay_delivery (job_id, tenant_id, place, delivery_id, part, off, bytes, verdict, event_ids)
     SELECT $1::uuid, $2, place, id::uuid, part, off, bytes, verdict, string_to_array(events, ' ')
     FROM unnest($3::text[], $4::int[], $5::bigint[], $6::int[], $7::text[], $8::text[]) WITH ORDINALITY
       AS given (id, part, off, bytes, verdict, events, place)`,
    [
      replay.uuid,
      replay.tenant,
      deliveries.map(({ id }) => uuidOf(id)),
      deliveries.map(({ partition }) => partition),
      deliveries.map(({ offset }) => String(offset)),
      deliveries.map(({ bytes }) => bytes),
      deliveries.map(({ verdict }) => verdict),
      deliveries.map(({ eventIds }) => eventIds.join(' ')),
    ],
  );
}

/** The next deliveries of a plan, in its order, at least one where there is one, and of so many bytes. */
export async function nextDeliveries(
  database: Database,
  asked: {
    readonly uuid: string;
    readonly afterPlace: number;
    readonly limit: number;
    readonly maxBytes: number;
    readonly signal: AbortSignal;
  },
): Promise<readonly PlannedDelivery[]> {
  const { uuid, afterPlace, limit, maxBytes, signal } = asked;
  const values = [uuid, afterPlace, limit, maxBytes];
  const rows = await withTenants(database, 'all', (tx) => tx.query<PlannedRow>(nextSql, values), { signal });
  return rows.map(({ delivery_id, part, off, event_ids, ...row }) => ({
    ...row,
    id: deliveryIdOfUuid(delivery_id),
    partition: part,
    offset: BigInt(off),
    eventIds: event_ids,
  }));
}

interface PlannedRow {
  readonly delivery_id: string;
  readonly place: number;
  readonly part: number;
  readonly off: string;
  readonly bytes: number;
  readonly verdict: string;
  readonly event_ids: readonly string[];
}

const nextSql = `
SELECT delivery_id::text, place, part, off::text, bytes, verdict, event_ids FROM (
  SELECT *, sum(bytes) OVER (ORDER BY place) AS weight, row_number() OVER (ORDER BY place) AS turn FROM (
    SELECT * FROM journal.replay_delivery WHERE job_id = $1::uuid AND state = 'queued' AND place > $2 ORDER BY place LIMIT $3
  ) waiting
) weighed WHERE weight <= $4 OR turn = 1 ORDER BY place`;

/** What was done with a delivery: so many events were published, or why none. */
export interface DoneDelivery {
  readonly id: DeliveryId;
  readonly events: readonly { readonly id: EventId; readonly type: string }[];
  readonly skipped?: string;
}

/** Notes what was done; the events of a canary, too. */
export async function markReplayed(
  tx: Transaction,
  replay: Pick<LeasedReplay, 'uuid' | 'tenant' | 'state'>,
  done: readonly DoneDelivery[],
): Promise<void> {
  await tx.query(
    `UPDATE journal.replay_delivery planned SET events = given.events, reason = given.reason,
       state = CASE WHEN given.reason IS NULL THEN 'published' ELSE 'skipped' END
     FROM unnest($2::uuid[], $3::int[], $4::text[]) AS given (delivery_id, events, reason)
     WHERE planned.job_id = $1::uuid AND planned.delivery_id = given.delivery_id AND planned.state = 'queued'`,
    [
      replay.uuid,
      done.map(({ id }) => uuidOf(id)),
      done.map(({ events }) => events.length),
      done.map(({ skipped }) => skipped ?? null),
    ],
  );
  if (replay.state !== 'canary') return;
  const events = done.flatMap((each) => each.events);
  await tx.query(
    `INSERT INTO journal.replay_canary (job_id, tenant_id, event_id, type)
     SELECT $1::uuid, $2, event_id, type FROM unnest($3::uuid[], $4::text[]) AS given (event_id, type)
     ON CONFLICT DO NOTHING`,
    [replay.uuid, replay.tenant, events.map(({ id }) => uuidOf(id)), events.map(({ type }) => type)],
  );
}

/** Gives back what was not done yet. */
export async function returnDeliveries(
  tx: Transaction,
  replay: Pick<LeasedReplay, 'uuid'>,
  reason: string,
): Promise<void> {
  await tx.query(
    `UPDATE journal.replay_delivery SET state = 'returned', reason = $2 WHERE job_id = $1::uuid AND state = 'queued'`,
    [replay.uuid, reason],
  );
}

/** How the events of a canary fare in the groups that want them: each event counts once for each such group. */
export interface ReplayCanary {
  readonly events: number;
  readonly done: number;
  /** Dead letters since the replay was asked for. */
  readonly dead: number;
  /** Failed once or more, and tried again by themselves. */
  readonly retrying: number;
}

/** Of one group, whose handlers want these types. */
export async function readReplayCanary(
  tx: Transaction,
  replay: Pick<LeasedReplay, 'uuid' | 'createdAtMs'>,
  group: LetterGroup & { readonly types: readonly string[] },
): Promise<ReplayCanary> {
  const [row] = await tx.query<ReplayCanary>(
    `SELECT count(*)::int AS events, (count(*) FILTER (WHERE done.event_id IS NOT NULL))::int AS done,
       (count(*) FILTER (WHERE done.event_id IS NULL AND failed.is_dead))::int AS dead,
       (count(*) FILTER (WHERE done.event_id IS NULL AND NOT failed.is_dead))::int AS retrying
     FROM journal.replay_canary canary LEFT JOIN ${group.schema}.inbox done USING (event_id)
     LEFT JOIN LATERAL (
       SELECT bool_or(step.kind = 'dead') AS is_dead FROM journal.step
       WHERE step.event_id = canary.event_id AND step.appended_at > to_timestamp($3::float8 / 1000) AND step.kind IN ('retry', 'dead')
         AND step.grp = (SELECT id FROM journal.name WHERE kind = 'group' AND name = $4)
     ) failed ON true
     WHERE canary.job_id = $1::uuid AND canary.type = ANY ($2::text[])`,
    [replay.uuid, group.types, replay.createdAtMs, group.name],
  );
  return row ?? { events: 0, done: 0, dead: 0, retrying: 0 };
}

/** Who sends for which endpoints, as Postgres saw it: each change of an owner, and whether the one before still lived. */
import { until } from '@trunkline/installation';

import { administer } from './connections.ts';
import type { FaultWorld } from './world.ts';

export interface ShardLog {
  readonly changes: number;
  /** Taken from a process whose lease had not ended: for a moment it had two owners. */
  readonly stolen: number;
  /** Changes that did not count as one more epoch. */
  readonly uncounted: number;
}

const shardCount = 256;
const shareDeadlineMs = 60_000;

/** Writes down what happens to the shards from now on. */
export async function watchShards(world: FaultWorld): Promise<void> {
  await administer(world, [
    'CREATE TABLE public.shard_log (shard smallint, old_owner uuid, new_owner uuid, old_lives boolean, epochs bigint)',
    `CREATE FUNCTION public.log_shard() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
     BEGIN
       INSERT INTO public.shard_log SELECT NEW.shard, OLD.owner, NEW.owner, EXISTS (
         SELECT FROM delivery.dispatcher WHERE dispatcher_id = OLD.owner AND lease_until > clock_timestamp()),
         NEW.epoch - OLD.epoch;
       RETURN NULL;
     END $$`,
    'CREATE TRIGGER log_shard AFTER UPDATE ON delivery.shard FOR EACH ROW EXECUTE FUNCTION public.log_shard()',
  ]);
}

export async function readShardLog({ database }: FaultWorld): Promise<ShardLog> {
  const [row] = await database.statement<ShardLog>(
    `SELECT count(*)::integer AS changes, count(*) FILTER (WHERE epochs <> 1)::integer AS uncounted,
       count(*) FILTER (WHERE old_lives AND new_owner IS NOT NULL AND new_owner <> old_owner)::integer AS stolen
     FROM public.shard_log`,
    [],
  );
  return row ?? { changes: 0, stolen: 0, uncounted: 0 };
}

/** What is wrong with it, a sentence each. */
export function complaintsOf({ stolen, uncounted }: ShardLog): readonly string[] {
  return [
    ...(stolen === 0 ? [] : [`${stolen} shards were taken from a process that lived`]),
    ...(uncounted === 0 ? [] : [`${uncounted} changes of an owner were no new epoch`]),
  ];
}

/** Waits until every shard has an owner, and each of so many processes its part. */
export async function untilShared(world: FaultWorld, processes: number): Promise<void> {
  const most = Math.ceil(shardCount / processes);
  await until(
    `${processes} processes have shared the endpoints out`,
    async () => {
      const owners = await world.database.statement<{ readonly n: number }>(
        'SELECT count(*)::integer AS n FROM delivery.shard WHERE owner IS NOT NULL GROUP BY owner',
        [],
      );
      const owned = owners.reduce((sum, { n }) => sum + n, 0);
      return owned === shardCount && owners.length === processes && owners.every(({ n }) => n <= most);
    },
    { deadlineMs: shareDeadlineMs },
  );
}

/** As whom the process of that name owns shards now. */
export async function ownerNamed({ database }: FaultWorld, name: string): Promise<string> {
  const [row] = await database.statement<{ readonly dispatcher_id: string }>(
    'SELECT dispatcher_id FROM delivery.dispatcher WHERE name = $1',
    [name],
  );
  if (row === undefined) throw new Error(`${name} takes no part in sending`);
  return row.dispatcher_id;
}

/** Paths of the endpoints that are sent to by that owner. */
export async function pathsOf({ database }: FaultWorld, owner: string): Promise<ReadonlySet<string>> {
  const rows = await database.statement<{ readonly url: string }>(
    `SELECT e.url FROM delivery.endpoint e JOIN delivery.route r USING (endpoint_id) JOIN delivery.shard s USING (shard)
     WHERE s.owner = $1::uuid`,
    [owner],
  );
  return new Set(rows.map(({ url }) => new URL(url).pathname));
}

/** Lets that process renew nothing meanwhile: its row is one that somebody else is just writing. */
export async function withoutLease({ database }: FaultWorld, owner: string, work: () => Promise<void>): Promise<void> {
  await database.transaction(
    [],
    async (tx) => {
      await tx.query(
        `INSERT INTO delivery.dispatcher (dispatcher_id, name, lease_until) VALUES ($1::uuid, 'nobody', now())`,
        [owner],
      );
      await work();
      await tx.query('DELETE FROM delivery.dispatcher WHERE dispatcher_id = $1::uuid', [owner]);
    },
    { deadlineMs: shareDeadlineMs },
  );
}

/** Resolves with the milliseconds until nothing belongs to that owner. */
export async function untilTakenOver({ database }: FaultWorld, owner: string): Promise<number> {
  const sinceMs = performance.now();
  await until(
    'others have taken over',
    async () => {
      const rows = await database.statement('SELECT FROM delivery.shard WHERE owner = $1::uuid LIMIT 1', [owner]);
      return rows.length === 0;
    },
    { deadlineMs: shareDeadlineMs, everyMs: 50 },
  );
  return performance.now() - sinceMs;
}

/** What the tally's rows tell of time: how many effects there are, and how long each took from its delivery. */
import type { ServiceProcess } from '@trunkline/installation';
import { percentile } from '@trunkline/testkit';

import type { Effect } from './catch-up.ts';
import type { FaultWorld } from './world.ts';

/** A piece of the run, epoch milliseconds. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export async function countEffects(world: FaultWorld): Promise<number> {
  const [row] = await ask<{ readonly count: number }>(world, 'SELECT count(*)::int AS count FROM tally.effect', []);
  return row?.count ?? 0;
}

/** From the delivery's arrival to its effect, of the deliveries that arrived within the spans: the 99th percentile. */
export async function p99ToEffectMs(world: FaultWorld, spans: readonly Span[]): Promise<number> {
  const latencies: number[] = [];
  for (const { fromMs, toMs } of spans) {
    const rows = await ask<{ readonly ms: number }>(
      world,
      `SELECT (extract(epoch FROM applied_at - received_at) * 1000)::float8 AS ms FROM tally.effect
       WHERE received_at >= to_timestamp($1::float8 / 1000) AND received_at < to_timestamp($2::float8 / 1000)`,
      [fromMs, toMs],
    );
    for (const { ms } of rows) latencies.push(ms);
  }
  return Math.round(percentile(latencies, 0.99));
}

/** Every effect of what was received since the given moment, epoch milliseconds. */
export function effectsSince(world: FaultWorld, sinceMs: number): Promise<readonly Effect[]> {
  return ask<Effect>(
    world,
    `SELECT (extract(epoch FROM applied_at) * 1000)::float8 AS "appliedAtMs",
            (extract(epoch FROM applied_at - received_at) * 1000)::float8 AS "lagMs"
     FROM tally.effect WHERE received_at >= to_timestamp($1::float8 / 1000)`,
    [sinceMs],
  );
}

/** From the given moment, epoch milliseconds, to the first effect after it; undefined when there is none. */
export async function firstEffectAfterMs(world: FaultWorld, sinceMs: number): Promise<number | undefined> {
  const [row] = await ask<{ readonly ms: number | null }>(
    world,
    `SELECT (extract(epoch FROM min(applied_at)) * 1000)::float8 AS ms FROM tally.effect
     WHERE applied_at > to_timestamp($1::float8 / 1000)`,
    [sinceMs],
  );
  return row?.ms === undefined || row.ms === null ? undefined : Math.round(row.ms - sinceMs);
}

/** What Postgres has done for this world so far; a backend adds its share when it ends. */
export interface PostgresWork {
  readonly transactions: number;
  readonly pages: number;
}

export async function postgresWork(world: FaultWorld): Promise<PostgresWork> {
  const [row] = await ask<PostgresWork>(
    world,
    `SELECT xact_commit::float8 AS transactions, (blks_hit + blks_read)::float8 AS pages
     FROM pg_stat_database WHERE datname = $1`,
    [world.installation.database],
  );
  return row ?? { transactions: 0, pages: 0 };
}

/** Whether a service says that it can work; one that refuses the connection cannot. */
export async function askReady(service: ServiceProcess): Promise<'yes' | 'no' | 'no answer'> {
  try {
    const response = await fetch(`${service.operatorUrl}/readyz`, { signal: AbortSignal.timeout(probeDeadlineMs) });
    await response.arrayBuffer();
    return response.ok ? 'yes' : 'no';
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'no answer' : 'no';
  }
}

const probeDeadlineMs = 1_000;

function ask<Row extends object>(world: FaultWorld, sql: string, values: readonly unknown[]): Promise<readonly Row[]> {
  return world.database.transaction([world.tenantId], (tx) => tx.query<Row>(sql, values));
}

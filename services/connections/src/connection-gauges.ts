import { type ConnectionRow, type ConnectionState, listConnections } from '@trunkline/connections';
import { type Clock, createRounds, type Rounds } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';
import type { Logger, Metrics } from '@trunkline/runtime';

export interface ConnectionGaugesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'gauges'>;
  readonly everyMs?: number;
}

const usualEveryMs = 30_000;
/** More are not looked at. */
const mostConnections = 10_000;
const states: readonly ConnectionState[] = [
  'pending',
  'active',
  'degraded',
  'needs_authorization',
  'paused',
  'revoked',
];

/** Looks now and then how connections stand and how old their credentials are, and tells the metrics. */
export function createConnectionGauges(options: ConnectionGaugesOptions): Rounds {
  const { database, clock, log, metrics, everyMs = usualEveryMs } = options;
  /** Undefined while it is not known. */
  let connections: readonly ConnectionRow[] | undefined;
  /** Whoever was told of once is told of on and on. */
  const providers = new Set<string>();

  metrics.gauges('connections_standing', () =>
    states.map((state) => ({
      labels: { state },
      value: connections?.filter((row) => row.state === state).length ?? Number.NaN,
    })),
  );
  metrics.gauges('connection_secret_age_seconds', () => {
    const ages = secretAges(connections ?? [], clock());
    return [...providers].map((provider) => ({ labels: { provider }, value: ages.get(provider) ?? Number.NaN }));
  });

  return createRounds({
    everyMs,
    async round(signal) {
      connections = await listConnections(database, { limit: mostConnections, signal });
      for (const { provider } of connections) providers.add(provider);
    },
    onFailed({ code, message }) {
      connections = undefined;
      log.warn({ event: 'connections.no_gauges', code, reason: message }, 'how they stand is not known');
    },
  });
}

/** By provider, of the oldest credentials that calls may be made with. */
function secretAges(connections: readonly ConnectionRow[], nowMs: number): ReadonlyMap<string, number> {
  const ages = new Map<string, number>();
  for (const { provider, state, sealedAt } of connections) {
    if (sealedAt === undefined || state === 'revoked' || state === 'paused') continue;
    const seconds = Math.max(0, nowMs - sealedAt.getTime()) / 1_000;
    ages.set(provider, Math.max(seconds, ages.get(provider) ?? 0));
  }
  return ages;
}

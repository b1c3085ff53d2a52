import { type Backoff, untilAnswers } from '@trunkline/core';
import { type Database, readInboxEpoch } from '@trunkline/postgres';
import { createRedisMarkers, type MarkersEvent } from '@trunkline/redis';
import type { Metrics, RedisAccess } from '@trunkline/runtime';

import type { ConsumerLog } from '../ports.ts';
import { type FirstFilter, noFirstFilter } from './first-filter.ts';

export interface FirstFilterOptions {
  readonly group: string;
  readonly namespace: string;
  /** Undefined: nobody is asked. */
  readonly redis: RedisAccess | undefined;
  /** Longest wait of a batch for Redis; the markers know when absent. */
  readonly timeoutMs?: number;
  /** Holds the inbox that the markers speak for. */
  readonly database: Database;
  readonly log: ConsumerLog;
  readonly metrics: Pick<Metrics, 'count' | 'gauge'>;
  readonly signal: AbortSignal;
}

export interface OpenFirstFilter extends FirstFilter {
  close(options: { readonly deadlineMs: number }): Promise<void>;
}

/**
 * The first filter on Redis. Waits for Postgres, which names the inbox, and never for Redis. The name is read once: who
 * restores a database stops its consumers for it anyway.
 */
export async function openFirstFilter(options: FirstFilterOptions): Promise<OpenFirstFilter> {
  const { group, namespace, redis, timeoutMs, log, metrics } = options;
  if (redis === undefined) return { ...noFirstFilter, close: () => Promise.resolve() };
  const inboxEpoch = await epochWhenPossible(options);
  const markers = createRedisMarkers({
    ...redis,
    scope: { namespace, group, inboxEpoch },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onEvent: (event) => tell(event, log, metrics),
  });
  metrics.gauge('first_filter_up', () => (markers.isUp() ? 1 : 0));
  return markers;
}

function tell(event: MarkersEvent, log: ConsumerLog, metrics: Pick<Metrics, 'count'>): void {
  switch (event.kind) {
    case 'away':
      log.warn({ event: 'first_filter_away', reason: event.reason }, 'Redis is away or slow; going on without it');
      break;
    case 'back':
      log.warn({ event: 'first_filter_back' }, 'Redis is back');
      break;
    case 'answered':
      metrics.count('first_filter_events_total', { result: 'done' }, event.done);
      metrics.count('first_filter_events_total', { result: 'unknown' }, event.unknown);
      break;
    case 'unanswered':
    case 'unwritten':
      metrics.count('first_filter_events_total', { result: event.kind }, event.ids);
      break;
  }
}

const epochBackoff: Backoff = { firstMs: 250, lastMs: 5_000 };

/** Without Postgres nothing could be applied either; a database that was not migrated is a mistake (`config_invalid`). */
async function epochWhenPossible({ database, log, signal }: FirstFilterOptions): Promise<string> {
  return untilAnswers(() => readInboxEpoch(database, signal), {
    backoff: epochBackoff,
    signal,
    onAway: ({ message }) => log.warn({ event: 'postgres_away', reason: message }, 'Postgres is away; trying again'),
  });
}

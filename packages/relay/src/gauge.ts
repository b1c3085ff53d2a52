import { classify, type Clock, TrunklineError } from '@trunkline/core';
import { type Database, measureOutbox, type OutboxSize } from '@trunkline/postgres';

import type { RelayLimits } from './limits.ts';
import type { RelayMetrics } from './ports.ts';

/** How full the outbox is: told to the metrics, and to whoever wants to write to it. */
export interface OutboxGauge {
  /** Measures when it is time to. An outage is for others to notice: what was measured last stays. */
  look(signal: AbortSignal): Promise<void>;
  /** Throws `overloaded` while as much waits as may. */
  refuseWhenFull(): void;
}

/** Counting a full outbox takes a while: it may cost this part of the time at most. */
const measureShare = 0.05;

export function createOutboxGauge({
  database,
  clock,
  metrics,
  limits,
}: {
  readonly database: Database;
  readonly clock: Clock;
  readonly metrics: RelayMetrics;
  readonly limits: RelayLimits;
}): OutboxGauge {
  let size: OutboxSize = { rows: 0, oldestSeconds: 0 };
  let dueAtMs = 0;
  metrics.gauge('outbox_waiting', () => size.rows);
  metrics.gauge('outbox_oldest_seconds', () => size.oldestSeconds);

  return {
    async look(signal) {
      const startedAtMs = clock();
      if (startedAtMs < dueAtMs) return;
      try {
        size = await measureOutbox(database, { maxRows: limits.maxWaitingRequests, signal });
      } catch (thrown) {
        if (classify(thrown).code !== 'dependency_unavailable') throw thrown;
      }
      const tookMs = clock() - startedAtMs;
      dueAtMs = clock() + Math.max(limits.relayMeasureEveryMs, tookMs / measureShare);
    },
    refuseWhenFull() {
      if (size.rows < limits.maxWaitingRequests) return;
      throw new TrunklineError(
        'overloaded',
        `${size.rows} records wait in ${database.schema}.outbox, the limit is ${limits.maxWaitingRequests}`,
        { retryAfterMs: limits.relayMeasureEveryMs },
      );
    },
  };
}

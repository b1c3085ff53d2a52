import { groups } from '@trunkline/consumer';
import { type Clock, createRounds, type Rounds } from '@trunkline/core';
import { findUnaccounted, type Unaccounted } from '@trunkline/journal';
import { createTopicAdmin, type KafkaConnection, type TopicAdmin } from '@trunkline/kafka';
import { failureTopics, type GroupPlan } from '@trunkline/operations';
import type { Database } from '@trunkline/postgres';
import type { Logger, Metrics } from '@trunkline/runtime';

export interface AccountWatchOptions {
  readonly database: Database;
  readonly kafka: KafkaConnection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'gauge'>;
  /** Of the consumers. */
  readonly retryTiers: readonly string[];
  readonly everyMs: number;
  /** What is younger is still on its way. */
  readonly delayMs: number;
}

/** Further back than two looks, so that one that fails leaves no gap. */
const windowMs = 65 * 60_000;
const namedInLog = 20;

/** Looks now and then whether every event that a group has passed is somewhere, and tells the metrics. */
export function createAccountWatch(options: AccountWatchOptions): Rounds {
  const { database, kafka, clock, log, metrics, retryTiers, everyMs, delayMs } = options;
  const found = new Map<string, number>();
  metrics.gauge('events_unaccounted', () => [...found.values()].reduce((sum, count) => sum + count, 0));

  async function look(admin: TopicAdmin, group: GroupPlan, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const untilMs = clock() - delayMs;
    // Read first: what a group commits meanwhile cannot look like a loss then.
    const lags = await admin.groupLag(group.name, group.topics);
    const committed = lags.flatMap(({ topic, partition, committed: offset }) =>
      offset === undefined ? [] : [{ topic, partition, offset }],
    );
    // A copy that is not indexed yet would be missed.
    const copies = await admin.groupLag('journal.failures', failureTopics(group.name, retryTiers));
    if (copies.some(({ lag }) => lag > 0n)) return;
    const { types } = group;
    const missing = await findUnaccounted(database, {
      group,
      types,
      committed,
      sinceMs: untilMs - windowMs,
      untilMs,
      signal,
    });
    found.set(group.name, missing.length);
    if (missing.length > 0) tell(group, missing);
  }

  function tell(group: GroupPlan, missing: readonly Unaccounted[]): void {
    const events = missing.slice(0, namedInLog).map(({ eventId }) => eventId);
    log.error(
      { event: 'journal.unaccounted', group: group.name, count: missing.length, events },
      'ALERT: events that a group has passed are nowhere; see docs/runbooks/unaccounted-events.md',
    );
  }

  return createRounds({
    everyMs,
    async round(signal) {
      const admin = createTopicAdmin(kafka);
      try {
        for (const group of groups) await look(admin, group, signal);
      } finally {
        await admin.close();
      }
    },
    onFailed({ code, message }) {
      // The next round looks at the same time again.
      log.warn({ event: 'journal.no_account', code, reason: message }, 'no account');
    },
  });
}

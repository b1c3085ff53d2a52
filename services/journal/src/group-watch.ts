import { classify, type Clock, createRounds, type Rounds } from '@trunkline/core';
import { countLetterStates } from '@trunkline/journal';
import { createTopicAdmin, type KafkaConnection, retryDelayMs, retryTopic, type TopicAdmin } from '@trunkline/kafka';
import { createEndHistory, type GroupPlan, type PartitionBacklog, readLag } from '@trunkline/operations';
import type { Database } from '@trunkline/postgres';
import type { Logger, Metrics } from '@trunkline/runtime';

export interface GroupWatchOptions {
  readonly database: Database;
  readonly kafka: KafkaConnection;
  readonly groups: readonly GroupPlan[];
  /** The journal's own groups, by their topics: how far the index is behind. */
  readonly own: readonly { readonly name: string; readonly topics: readonly string[] }[];
  /** Of the consumers. */
  readonly retryTiers: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'gauges'>;
  readonly everyMs?: number;
}

/** As often as a scrape; several processes of the journal say the same, and rules take the largest. */
const usualEveryMs = 15_000;
/** Where topics ended so long ago is asked for once, when records of theirs wait that nobody saw coming. */
const askedBackMs = [60_000, 600_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000] as const;

interface Backlog {
  readonly group: string;
  readonly kind: PartitionBacklog['kind'];
  readonly topic: string;
  readonly records: number;
  /** Of the oldest of them. */
  readonly seconds: number;
}

/** Looks now and then what waits for each consumer group and what it has given up, and tells the metrics. */
export function createGroupWatch(options: GroupWatchOptions): Rounds {
  const { kafka, groups, own, retryTiers, clock, log, metrics, everyMs = usualEveryMs } = options;
  const history = createEndHistory();
  const askedBack = new Set<string>();
  let backlogs: readonly Backlog[] = [];
  let letters: readonly { readonly group: string; readonly open: number }[] = [];

  metrics.gauges('consumer_lag_records', () => backlogs.map((row) => ({ labels: labelsOf(row), value: row.records })));
  metrics.gauges('consumer_lag_seconds', () => backlogs.map((row) => ({ labels: labelsOf(row), value: row.seconds })));
  metrics.gauges('retries_overdue_seconds', () =>
    groups.map(({ name: group }) => ({ labels: { group }, value: overdueSeconds(group) })),
  );
  metrics.gauges('dead_letters_open', () => letters.map(({ group, open }) => ({ labels: { group }, value: open })));

  const delayMsOf = new Map(
    groups.flatMap(({ name }) => retryTiers.map((tier) => [retryTopic(name, tier), retryDelayMs(tier)] as const)),
  );

  /** Before the first look nothing is known. */
  function overdueSeconds(group: string): number {
    const retries = backlogs.filter((row) => row.group === group && row.kind === 'retry');
    if (retries.length === 0) return Number.NaN;
    return Math.max(0, ...retries.map(({ topic, seconds }) => seconds - (delayMsOf.get(topic) ?? 0) / 1_000));
  }

  async function lookAtLag(signal: AbortSignal): Promise<void> {
    const admin = createTopicAdmin(kafka);
    try {
      const rows = [
        ...(await readLag(admin, { groups, missing: new Set(), tiers: retryTiers })),
        ...(await ownLag(admin)),
      ];
      const nowMs = clock();
      for (const { topic, partition, end } of rows) history.note(placeOf(topic, partition), { atMs: nowMs, end });
      await askBack(admin, rows, nowMs);
      backlogs = totalsOf(rows, nowMs);
    } catch (thrown) {
      backlogs = backlogs.map((row) => ({ ...row, records: Number.NaN, seconds: Number.NaN }));
      if (!signal.aborted) tell('journal.no_lag', thrown);
    } finally {
      await admin.close();
    }
  }

  async function ownLag(admin: TopicAdmin): Promise<readonly PartitionBacklog[]> {
    const rows: PartitionBacklog[] = [];
    for (const { name, topics } of own) {
      for (const { high, ...row } of await admin.groupLag(name, topics))
        rows.push({ ...row, group: name, kind: 'main', end: high, oldestAgeMs: undefined });
    }
    return rows;
  }

  /** Records that wait since before the first look. */
  async function askBack(admin: TopicAdmin, rows: readonly PartitionBacklog[], nowMs: number): Promise<void> {
    const older = rows.filter(
      ({ topic, partition, lag, end }) => lag > 0n && !history.knows(placeOf(topic, partition), end - lag),
    );
    for (const topic of new Set(older.map((row) => row.topic))) {
      if (askedBack.has(topic)) continue;
      askedBack.add(topic);
      for (const backMs of askedBackMs) {
        const atMs = nowMs - backMs;
        for (const { partition, offset } of await admin.offsetsByTimestamp(topic, atMs))
          history.noteEarlier(placeOf(topic, partition), { atMs, end: offset });
      }
    }
  }

  /** Of each topic of a group. */
  function totalsOf(rows: readonly PartitionBacklog[], nowMs: number): readonly Backlog[] {
    const byTopic = Map.groupBy(rows, ({ group, topic }) => `${group}/${topic}`);
    return [...byTopic.values()].flatMap((partitions) => {
      const [first] = partitions;
      if (first === undefined) return [];
      const { group, kind, topic } = first;
      const ages = partitions
        .filter(({ lag }) => lag > 0n)
        .map(({ partition, end, lag }) => history.ageMs(placeOf(topic, partition), end - lag, nowMs));
      const records = partitions.reduce((sum, { lag }) => sum + lag, 0n);
      return [{ group, kind, topic, records: Number(records), seconds: Math.max(0, ...ages) / 1_000 }];
    });
  }

  async function lookAtLetters(signal: AbortSignal): Promise<void> {
    try {
      const counted = [];
      for (const group of groups) {
        const { open } = await countLetterStates(options.database, { group, scope: 'all', signal });
        counted.push({ group: group.name, open });
      }
      letters = counted;
    } catch (thrown) {
      letters = groups.map(({ name: group }) => ({ group, open: Number.NaN }));
      if (!signal.aborted) tell('journal.no_letters', thrown);
    }
  }

  /** The next round does it. */
  function tell(event: string, thrown: unknown): void {
    const { code, message } = classify(thrown);
    log.warn({ event, code, reason: message }, 'what waits for groups is not known');
  }

  return createRounds({
    everyMs,
    async round(signal) {
      await Promise.all([lookAtLag(signal), lookAtLetters(signal)]);
    },
    onFailed: (error) => tell('journal.no_look', error),
  });
}

function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function labelsOf({ group, kind, topic }: Backlog): {
  readonly group: string;
  readonly kind: string;
  readonly topic: string;
} {
  return { group, kind, topic };
}

/** Whether what was to be tried again was: not before its time, and not long after it. */
import { eventIdOfUuid } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { until } from '@trunkline/installation';
import { createTopicAdmin, readRecords, retryTopic, retryDelayMs } from '@trunkline/kafka';

import type { FaultWorld } from './world.ts';

/** A copy on the retry topic of the tally. */
export interface Retry {
  readonly eventId: string;
  /** From the broker's timestamp on, epoch milliseconds. */
  readonly dueMs: number;
}

export interface Timeliness {
  /** Applied before they were due. */
  readonly early: number;
  /** After the due time, or after the given moment when that is later: the median, the 99th percentile and the last. */
  readonly lateMs: readonly number[];
}

const readDeadlineMs = 60_000;
const readLimit = 1_000_000;
/** A broker's timestamp is a whole millisecond, and a timer of Node's may fire within the one before its time. */
const toleranceMs = 2;

/** Waits until so many copies are on the retry topic of the tally. */
export async function untilRetrying(world: FaultWorld, count: number): Promise<void> {
  const admin = createTopicAdmin(world.kafka);
  try {
    await until(
      `${count} events wait to be tried again`,
      async () => {
        const offsets = await admin.offsets(retryTopic('tally', world.retryTier));
        return offsets.reduce((sum, { low, high }) => sum + Number(high - low), 0) >= count;
      },
      { deadlineMs: readDeadlineMs, everyMs: 20 },
    );
  } finally {
    await admin.close();
  }
}

/** All copies on the retry topic of the tally; of an event that was copied twice both. */
export async function retriesOf(world: FaultWorld): Promise<readonly Retry[]> {
  const found: Retry[] = [];
  const signal = AbortSignal.timeout(readDeadlineMs);
  const topic = retryTopic('tally', world.retryTier);
  const delayMs = retryDelayMs(world.retryTier);
  for await (const { headers, timestampMs } of readRecords(world.kafka, { topic, limit: readLimit, signal }))
    found.push({ eventId: headers[headerName.id] ?? '', dueMs: timestampMs + delayMs });
  return found;
}

/** By Postgres's clock. Of an event that was copied more than once the first copy counts: it may have been the one that was applied. */
export async function timelinessOf(world: FaultWorld, retries: readonly Retry[], sinceMs: number): Promise<Timeliness> {
  const first = new Map(retries.toReversed().map(({ eventId, dueMs }) => [eventId, dueMs]));
  const effects = await world.database.transaction([world.tenantId], (tx) =>
    tx.query<{ readonly id: string; readonly ms: number }>(
      'SELECT event_id::text AS id, (extract(epoch FROM applied_at) * 1000)::float8 AS ms FROM tally.effect',
    ),
  );
  const lateMs: number[] = [];
  let early = 0;
  for (const { id, ms } of effects) {
    const dueMs = first.get(eventIdOfUuid(id));
    if (dueMs === undefined) continue;
    if (ms < dueMs - toleranceMs) early += 1;
    lateMs.push(ms - Math.max(dueMs, sinceMs));
  }
  return { early, lateMs: lateMs.sort((a, b) => a - b) };
}

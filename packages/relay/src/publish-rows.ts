import { classify } from '@trunkline/core';
import type { Publisher, PublishOptions } from '@trunkline/kafka';
import type { WaitingRow } from '@trunkline/postgres';

export interface PublishedRows {
  readonly published: readonly WaitingRow[];
  readonly refused: readonly WaitingRow[];
}

/**
 * Publishes all rows in one call. Where the broker refuses one of them for good, they go one by one, so that it keeps
 * back nothing but the rows of its own key, which must not overtake it. Rejects when Kafka is away: then nothing is
 * known to be published.
 */
export async function publishRows(
  publisher: Publisher,
  rows: readonly WaitingRow[],
  options: PublishOptions,
): Promise<PublishedRows> {
  try {
    await publisher.publish(rows, options);
    return { published: rows, refused: [] };
  } catch (thrown) {
    if (!isRefusal(thrown, publisher)) throw thrown;
    return await oneByOne(publisher, rows, options);
  }
}

async function oneByOne(
  publisher: Publisher,
  rows: readonly WaitingRow[],
  { deadlineMs, ...options }: PublishOptions,
): Promise<PublishedRows> {
  const endsAtMs = performance.now() + deadlineMs;
  const published: WaitingRow[] = [];
  const refused: WaitingRow[] = [];
  const refusedKeys = new Set<string>();
  for (const row of rows) {
    const key = row.key.toString('hex');
    if (refusedKeys.has(key)) {
      refused.push(row);
      continue;
    }
    const leftMs = endsAtMs - performance.now();
    if (leftMs <= 0) break; // the rest waits for the next turn
    try {
      await publisher.publish([row], { ...options, deadlineMs: leftMs });
      published.push(row);
    } catch (thrown) {
      if (!isRefusal(thrown, publisher)) break;
      refusedKeys.add(key);
      refused.push(row);
    }
  }
  return { published, refused };
}

/** The broker answers, and does not take it: too large, a topic that is not there, no right to write to it. */
function isRefusal(thrown: unknown, publisher: Publisher): boolean {
  const { code } = classify(thrown);
  return code === 'payload_too_large' || (code === 'publish_unavailable' && publisher.state() === 'ready');
}

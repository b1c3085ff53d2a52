import { TrunklineError } from '@trunkline/core';
import type { EventCodec } from '@trunkline/events';
import { type KafkaConnection, readRecords } from '@trunkline/kafka';
import type { Progress } from '@trunkline/operations';
import type { ArchivedRecord } from '@trunkline/providers';

/** Deliveries held at one time, and the bytes of their bodies. */
const mostDeliveries = 100_000;
const mostBytes = 256 * 1024 * 1024;
/** Records of the archive that are looked at: about a minute of reading. */
const mostScanned = 2_000_000;
/** Two clocks may differ by so much: a record is appended after its delivery was received. */
const clockSkewMs = 60_000;

export const archiveTopic = 'ingress.delivery.v1';

/** A delivery of the archive with what is known of it by now: a replay archives it again under its id. */
export interface ArchivedDelivery {
  readonly record: ArchivedRecord;
  /** Of the last time. */
  readonly verdict: string;
  /** Every event that it ever became. */
  readonly eventIds: readonly string[];
}

export interface ArchiveQuery {
  readonly sourceId: string;
  /** When it was received, epoch milliseconds: from, and before. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * The deliveries of a source that were received in that time, in the order of their receipt. Reads the archive from
 * there to its end. Rejects with `config_invalid` where they are more than fit into memory.
 */
export async function readArchive(
  { connection, codec }: { readonly connection: KafkaConnection; readonly codec: EventCodec },
  query: ArchiveQuery,
): Promise<readonly ArchivedDelivery[]> {
  const found = new Map<string, ArchivedDelivery>();
  let scanned = 0;
  let bytes = 0;
  const from = { topic: archiveTopic, fromTimestampMs: query.sinceMs - clockSkewMs };
  for await (const { value } of readRecords(connection, { ...from, limit: mostScanned, signal: query.signal })) {
    scanned += 1;
    query.progress.update(scanned);
    const record = await codec.decode(archiveTopic, value);
    const { deliveryId, receivedAt, sourceId, verdict, eventIds } = record;
    if (sourceId !== query.sourceId || receivedAt < query.sinceMs || receivedAt >= query.untilMs) continue;
    const known = found.get(deliveryId);
    if (known === undefined) bytes += record.body.length;
    found.set(deliveryId, {
      record: known?.record ?? record,
      verdict,
      eventIds: [...new Set([...(known?.eventIds ?? []), ...eventIds])],
    });
    if (found.size > mostDeliveries || bytes > mostBytes) throw tooMany(query.sourceId);
  }
  if (scanned === mostScanned) throw tooMany(query.sourceId);
  return [...found.values()].toSorted((a, b) => a.record.receivedAt - b.record.receivedAt);
}

function tooMany(sourceId: string): TrunklineError {
  return new TrunklineError(
    'config_invalid',
    `the archive has more of ${sourceId} than is replayed at once (${mostDeliveries} deliveries, ${mostBytes} bytes, ` +
      `${mostScanned} records read): choose a shorter time with --since and --until`,
  );
}

import { TrunklineError } from '@trunkline/core';
import type { EventCodec } from '@trunkline/events';
import { type IncomingRecord, type KafkaConnection, readRecords } from '@trunkline/kafka';
import type { ArchivedRecord } from '@trunkline/providers';

/** Deliveries of one replay, and the bytes of what is held of them meanwhile. */
const mostDeliveries = 100_000;
const mostBytes = 256 * 1024 * 1024;
/** Records of the archive that are looked at: about a minute of reading. */
const mostScanned = 2_000_000;
/** Two clocks may differ by so much: a record is appended after its delivery was received. */
const clockSkewMs = 60_000;

export const archiveTopic = 'ingress.delivery.v1';

/** What is looked at of each record of the archive. */
export type ArchiveHead = Pick<ArchivedRecord, 'deliveryId' | 'receivedAt' | 'sourceId' | 'verdict' | 'eventIds'>;

/** A delivery of the archive with what is known of it by now: a replay archives it again under its id. */
export interface ArchivedDelivery<R extends ArchiveHead = ArchivedRecord> {
  /** Of the first time. */
  readonly record: R;
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
  /** So many records have been looked at. */
  readonly onScanned?: (records: number) => void;
  readonly signal: AbortSignal;
}

/**
 * The deliveries of a source that were received in that time, in the order of their receipt. Reads the archive from
 * there to its end. Rejects with `config_invalid` where they are more than fit into memory.
 */
export async function readArchive(
  { connection, codec }: { readonly connection: KafkaConnection; readonly codec: Pick<EventCodec, 'decode'> },
  query: ArchiveQuery,
): Promise<readonly ArchivedDelivery[]> {
  const reading = {
    read: ({ value }: IncomingRecord) => codec.decode(archiveTopic, value),
    bytesOf: ({ body }: ArchivedRecord) => body.length,
  };
  return await scanArchive(connection, reading, query);
}

/** As `readArchive`, with no more of each record than `read` makes of it. */
export async function scanArchive<R extends ArchiveHead>(
  connection: KafkaConnection,
  { read, bytesOf }: { readonly read: (record: IncomingRecord) => Promise<R>; readonly bytesOf: (head: R) => number },
  query: ArchiveQuery,
): Promise<readonly ArchivedDelivery<R>[]> {
  const found = new Map<string, ArchivedDelivery<R>>();
  let scanned = 0;
  let bytes = 0;
  const from = { topic: archiveTopic, fromTimestampMs: query.sinceMs - clockSkewMs };
  for await (const record of readRecords(connection, { ...from, limit: mostScanned, signal: query.signal })) {
    scanned += 1;
    query.onScanned?.(scanned);
    const head = await read(record);
    const { deliveryId, receivedAt, sourceId, verdict, eventIds } = head;
    if (sourceId !== query.sourceId || receivedAt < query.sinceMs || receivedAt >= query.untilMs) continue;
    const known = found.get(deliveryId);
    if (known === undefined) bytes += bytesOf(head);
    found.set(deliveryId, {
      record: known?.record ?? head,
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

import { classify, type DeliveryId } from '@trunkline/core';
import type { EventCodec, IngressTopic, RecordOf } from '@trunkline/events';
import { type IncomingRecord, readRecordAt } from '@trunkline/kafka';

import { type FoundRecord, placeOf } from './event-history.ts';
import type { IndexedDelivery } from './journal-index.ts';
import { scanTopic } from './scan.ts';
import type { SearchTools } from './search-tools.ts';

/** Before: the difference of two clocks. After: the longest a delivery may wait to be acknowledged, and the same. */
const windowBeforeMs = 60_000;
const windowAfterMs = 5 * 60_000;
/** Between the appends of a delivery and of its event at most: as long as their publishing may take, twice. */
const publishedTogetherMs = 20_000;

/** A delivery id is a UUIDv7: its first 48 bits are the time of receipt (RFC 9562 §5.7). */
function receivedAtOf(deliveryId: DeliveryId): number {
  return Number.parseInt(deliveryId.slice(4, 16), 16);
}

/** The archive record of a delivery. A replay publishes it again with the same id; the first one is shown. */
export async function findDelivery(
  deliveryId: DeliveryId,
  tools: SearchTools,
): Promise<FoundRecord<RecordOf<'ingress.delivery.v1'>> | undefined> {
  return await findIngressRecord('ingress.delivery.v1', deliveryId, tools);
}

/** The record of a request that was refused. */
export async function findRejection(
  deliveryId: DeliveryId,
  tools: SearchTools,
): Promise<FoundRecord<RecordOf<'ingress.rejection.v1'>> | undefined> {
  return await findIngressRecord('ingress.rejection.v1', deliveryId, tools);
}

async function findIngressRecord<T extends IngressTopic>(
  topic: T,
  deliveryId: DeliveryId,
  tools: SearchTools,
): Promise<FoundRecord<RecordOf<T>> | undefined> {
  const { context, connection } = tools;
  const progress = context.output.progress(`reading ${topic}`);
  const receivedAtMs = receivedAtOf(deliveryId);
  try {
    const indexed = await tools.index?.findDelivery(deliveryId);
    const known = await atIndexedPlace(topic, deliveryId, { places: indexed?.places ?? [], connection });
    if (known !== undefined) return await decodeIngress(topic, known, tools.codec);
    const { matches } = await scanTopic(connection, {
      topic,
      fromTimestampMs:
        indexed?.appendedAtMs === undefined
          ? receivedAtMs - windowBeforeMs
          : indexed.appendedAtMs - publishedTogetherMs,
      untilTimestampMs: receivedAtMs + windowAfterMs,
      // The key is tenant:deliveryId, or the deliveryId alone, and neither part needs escaping.
      pick: (record) => (keyEndsWith(record, deliveryId) ? record : undefined),
      mostMatches: 1,
      progress,
      signal: context.signal,
    });
    const found = matches[0];
    if (found === undefined) return undefined;
    return await decodeIngress(topic, found, tools.codec);
  } catch (thrown) {
    context.signal.throwIfAborted();
    tools.onGap(`${topic} could not be read: ${classify(thrown).message}`);
    return undefined;
  } finally {
    progress.end();
  }
}

async function atIndexedPlace(
  topic: IngressTopic,
  deliveryId: DeliveryId,
  { places, connection }: Pick<IndexedDelivery, 'places'> & Pick<SearchTools, 'connection'>,
): Promise<IncomingRecord | undefined> {
  const place = places.findLast((found) => found.topic === topic);
  if (place === undefined) return undefined;
  const record = await readRecordAt(connection, topic, place.partition, place.offset);
  return record !== undefined && keyEndsWith(record, deliveryId) ? record : undefined;
}

async function decodeIngress<T extends IngressTopic>(
  topic: T,
  record: IncomingRecord,
  codec: EventCodec,
): Promise<FoundRecord<RecordOf<T>>> {
  const found = { place: placeOf(record), headers: record.headers };
  try {
    return { ...found, value: await codec.decode(topic, record.value), undecodable: undefined };
  } catch (thrown) {
    return { ...found, value: undefined, undecodable: classify(thrown).message };
  }
}

function keyEndsWith(record: IncomingRecord, deliveryId: DeliveryId): boolean {
  const key = record.key?.toString('utf8') ?? '';
  return key === deliveryId || key.endsWith(`:${deliveryId}`);
}

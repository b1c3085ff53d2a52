/** What can be found out about events afterwards: rows in Postgres and records on Kafka. */
import { groups } from '@trunkline/consumer';
import { isEventId, uuidOf } from '@trunkline/core';
import { createEventCodec, headerName, type IngressTopic, type RecordOf } from '@trunkline/events';
import { createSchemaRegistry, createTopicAdmin, type IncomingRecord, readRecords } from '@trunkline/kafka';
import type { TestInstallation } from '@trunkline/testkit';

export interface InboxFact {
  readonly outcome: string;
  readonly via: string;
  readonly attempt: number;
  readonly redrive_count: number;
}

export interface PaymentFact {
  readonly status: string;
  readonly provider_status: string;
  readonly amount: string;
  readonly currency: string;
}

const readLimit = 100_000;
const readDeadlineMs = 60_000;
const registryTimeoutMs = 30_000;

/** The inbox rows of an event in payments; more than one would be an effect applied twice. */
export async function inboxRows(world: TestInstallation, eventIds: readonly string[]): Promise<readonly InboxFact[]> {
  const uuids = eventIds.filter(isEventId).map(uuidOf);
  const sql = 'SELECT outcome, via, attempt, redrive_count FROM payments.inbox WHERE event_id = ANY ($1::uuid[])';
  return world.database.transaction([], (tx) => tx.query<InboxFact>(sql, [uuids]));
}

export async function paymentRows(
  world: TestInstallation,
  entityIds: readonly string[],
): Promise<readonly PaymentFact[]> {
  const sql = 'SELECT status, provider_status, amount, currency FROM payments.payment WHERE entity_id = ANY ($1)';
  return world.database.transaction([], (tx) => tx.query<PaymentFact>(sql, [entityIds]));
}

/** Everything on a topic. */
export async function recordsOn(world: TestInstallation, topic: string): Promise<readonly IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  const reading = readRecords(world.kafka, { topic, limit: readLimit, signal: AbortSignal.timeout(readDeadlineMs) });
  for await (const record of reading) records.push(record);
  return records;
}

/** The records of one event on a topic, oldest first. */
export async function recordsOfEvent(
  world: TestInstallation,
  topic: string,
  eventId: string | undefined,
): Promise<readonly IncomingRecord[]> {
  const records = await recordsOn(world, topic);
  return records
    .filter(({ headers }) => headers[headerName.id] === eventId)
    .toSorted((a, b) => a.timestampMs - b.timestampMs);
}

/** How many records were ever put on a topic. */
export async function countOn(world: TestInstallation, topic: string): Promise<number> {
  const admin = createTopicAdmin(world.kafka);
  try {
    return Number((await admin.offsets(topic)).reduce((sum, { high }) => sum + high, 0n));
  } finally {
    await admin.close();
  }
}

/** How many records of its domain topics a group has yet to finish. */
export async function groupLag(world: TestInstallation, name: string): Promise<number> {
  const topics = groups.find((group) => group.name === name)?.topics ?? [];
  const admin = createTopicAdmin(world.kafka);
  try {
    return Number((await admin.groupLag(name, topics)).reduce((sum, { lag }) => sum + lag, 0n));
  } finally {
    await admin.close();
  }
}

/** Decoded records of an ingress topic, by delivery. */
export async function ingressRecords<T extends IngressTopic>(
  world: TestInstallation,
  topic: T,
): Promise<ReadonlyMap<string, RecordOf<T>>> {
  const { endpoints, namespace } = world.installation;
  const registry = createSchemaRegistry({ url: endpoints.registryUrl, namespace, timeoutMs: registryTimeoutMs });
  const codec = await createEventCodec({ registry, topics: [topic], limits: { registryDeadlineMs: 60_000 } });
  const found = new Map<string, RecordOf<T>>();
  for (const { value } of await recordsOn(world, topic)) {
    const record = await codec.decode(topic, value);
    found.set(record.deliveryId, record);
  }
  return found;
}

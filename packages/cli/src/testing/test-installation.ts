import { randomBytes } from 'node:crypto';

import { isDeliveryId } from '@trunkline/core';
import {
  createEventCodec,
  encodeEvent,
  encodeIngress,
  type EventCodec,
  headerName,
  type SealedEvent,
} from '@trunkline/events';
import {
  createKafkaConnection,
  createPublisher,
  createSchemaRegistry,
  type IncomingRecord,
  type KafkaConnection,
  type OutgoingRecord,
  type Publisher,
  readRecords,
} from '@trunkline/kafka';
import { groups } from '@trunkline/operations/groups';
import { claimEvents, type Database } from '@trunkline/postgres';
import { createTestDatabase, createTestService, type TestDatabase } from '@trunkline/postgres/testing';

import { type CommandResult, runCommandLine } from './run-command.ts';

export interface Endpoints {
  readonly kafkaBrokers: string;
  readonly registryUrl: string;
  readonly postgresAdminUrl: string;
  readonly zipkinUrl: string;
}

type Payment = SealedEvent<'payments.payment.v1'>;

/** Topics, schemas and a database of one test file's own, made by the commands themselves, and the commands on them. */
export interface TestInstallation {
  readonly namespace: string;
  readonly database: TestDatabase;
  readonly codec: EventCodec;
  readonly connection: KafkaConnection;
  /** What the commands are told of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a command line against this installation. */
  trunkline(...words: string[]): Promise<CommandResult>;
  publish(...records: OutgoingRecord[]): Promise<void>;
  /** Records of a topic with this `ce_id`. */
  read(topic: string, eventId: string): Promise<readonly IncomingRecord[]>;
  /** Writes the inbox row that a service, payments unless another is named, commits with the effect. */
  markDone(
    event: Payment,
    place: { readonly topic: string; readonly partition: number; readonly offset: string },
    group?: string,
  ): Promise<void>;
  close(): Promise<void>;
}

const publishDeadlineMs = 10_000;
export const testTraceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${testTraceId}-00f067aa0ba902b7-01`;

/** Makes topics and schemas of an installation. */
export type Provision = (given: Pick<TestInstallation, 'connection' | 'environment'>) => Promise<void>;

export async function openTestInstallation(
  endpoints: Endpoints,
  { provision = provisionWell }: { readonly provision?: Provision } = {},
): Promise<TestInstallation> {
  const namespace = `cli${randomBytes(4).toString('hex')}.`;
  const services = await Promise.all(groups.map(({ schema }) => createTestService(schema, {})));
  const database = await createTestDatabase({ adminUrl: endpoints.postgresAdminUrl, services });
  const environment = {
    TRUNKLINE_KAFKA_BROKERS: endpoints.kafkaBrokers,
    TRUNKLINE_REGISTRY_URL: endpoints.registryUrl,
    TRUNKLINE_DATABASE_URL: database.urlOf('operator'),
    TRUNKLINE_ZIPKIN_URL: endpoints.zipkinUrl,
    TRUNKLINE_NAMESPACE: namespace,
    TRUNKLINE_PARTITIONS: '2',
    TRUNKLINE_REPLICATION_FACTOR: '1',
  };
  const trunkline = (...words: string[]): Promise<CommandResult> => runCommandLine(words, { environment });
  const connection = createKafkaConnection({
    brokers: endpoints.kafkaBrokers.split(','),
    clientId: 'test',
    namespace,
    log: () => undefined,
  });
  await provision({ connection, environment });
  const publisher: Publisher = await createPublisher(connection);
  const codec = await createEventCodec({
    registry: createSchemaRegistry({ url: endpoints.registryUrl, namespace, timeoutMs: 30_000 }),
    topics: ['payments.payment.v1', 'integration.event.v1', 'notifications.request.v1', 'ingress.delivery.v1'],
    limits: { registryDeadlineMs: 60_000 },
  });
  return {
    namespace,
    database,
    codec,
    connection,
    environment,
    trunkline,
    publish: (...records) => publisher.publish(records, { deadlineMs: publishDeadlineMs }),
    read: (topic, eventId) => readById(connection, topic, eventId),
    markDone: (event, place, group = 'payments') => writeInboxRow(database.open({ schema: group }), event, place),
    close: async () => {
      await publisher.close({ deadlineMs: 2_000 });
      await database.drop();
      await Promise.all(services.map((service) => service.remove()));
    },
  };
}

/** The record of an event as the ingress publishes it, with a trace. */
export function recordOf(codec: EventCodec, event: Payment): OutgoingRecord {
  return encodeEvent(codec, event, { traceparent });
}

/** The archive record of the delivery that carried the event. */
export function deliveryRecordOf(codec: EventCodec, event: Payment): OutgoingRecord {
  const { deliveryId, tenantId, sourceId, receivedAt } = event.record.metadata;
  const record = {
    deliveryId,
    tenantId,
    sourceId,
    provider: 'stripe',
    receivedAt,
    method: 'POST',
    path: '/hooks/src_test',
    query: null,
    headers: [],
    contentType: 'application/json',
    body: Buffer.from('{}'),
    verdict: 'normalised',
    reason: null,
    eventIds: [event.eventId],
    handshake: null,
    answerStatus: 200,
    verifiedWith: 'env:X',
    traceId: testTraceId,
  };
  return encodeIngress(codec, { topic: 'ingress.delivery.v1', record }, {});
}

/** The record of an event as a consumer dead-letters it after two attempts. */
export function deadLetterOf(codec: EventCodec, event: Payment): OutgoingRecord {
  const encoded = encodeEvent(codec, event, {});
  return {
    ...encoded,
    topic: 'payments.dlt',
    headers: {
      ...encoded.headers,
      [headerName.originalTopic]: 'payments.payment.v1',
      [headerName.originalPartition]: '0',
      [headerName.originalOffset]: '999999',
      [headerName.originalTimestamp]: String(Date.now()),
      [headerName.originalConsumerGroup]: 'payments',
      [headerName.retryAttempt]: '2',
      [headerName.attemptsTotal]: '2',
      [headerName.failureKind]: 'permanent',
      [headerName.exceptionCode]: 'upstream_4xx',
      [headerName.exceptionMessage]: 'the bank said no',
    },
  };
}

async function provisionWell({ environment }: Parameters<Provision>[0]): Promise<void> {
  await mustSucceed(runCommandLine(['topics', 'apply'], { environment }));
  await mustSucceed(runCommandLine(['schemas', 'register'], { environment }));
}

async function mustSucceed(running: Promise<CommandResult>): Promise<void> {
  const { exitCode, stdout, stderr } = await running;
  if (exitCode !== 0) throw new Error(`ended with ${exitCode}: ${stdout}${stderr}`);
}

async function readById(
  connection: KafkaConnection,
  topic: string,
  eventId: string,
): Promise<readonly IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  for await (const record of readRecords(connection, { topic, limit: 1_000, signal: AbortSignal.timeout(60_000) })) {
    if (record.headers[headerName.id] === eventId) records.push(record);
  }
  return records;
}

async function writeInboxRow(
  database: Database,
  event: Payment,
  place: Parameters<TestInstallation['markDone']>[1],
): Promise<void> {
  const { deliveryId } = event.record.metadata;
  if (!isDeliveryId(deliveryId)) throw new Error('a sealed event has a delivery id');
  await database.transaction([], (tx) =>
    claimEvents(tx, [
      {
        eventId: event.eventId,
        tenantId: 'tnt_test',
        originalTopic: place.topic,
        originalPartition: place.partition,
        originalOffset: BigInt(place.offset),
        via: 'main',
        attempt: 1,
        redriveCount: 0,
        traceId: testTraceId,
        deliveryId,
      },
    ]),
  );
}

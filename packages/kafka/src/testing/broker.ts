import { randomBytes } from 'node:crypto';

import { createTopicAdmin, type TopicAdmin } from '../admin/admin.ts';
import type { TopicSpec } from '../admin/topics.ts';
import { createKafkaConnection, type KafkaConnection, type KafkaSecurity } from '../kafkajs/connection.ts';
import type { IncomingRecord, Publisher } from '../ports.ts';
import { createPublisher } from '../publish/publisher.ts';
import { readRecords } from '../read/reader.ts';

/** A namespace of its own on the shared broker, and what a test needs in it. */
export interface TestBroker {
  readonly connection: KafkaConnection;
  readonly admin: TopicAdmin;
  readonly publisher: Publisher;
  createTopic(
    topic: string,
    options?: { readonly partitions?: number; readonly config?: Record<string, string> },
  ): Promise<void>;
  close(): Promise<void>;
}

export async function openTestBroker(brokers: string, security?: KafkaSecurity): Promise<TestBroker> {
  const connection = createKafkaConnection({
    brokers: brokers.split(','),
    clientId: 'test',
    namespace: `t${randomBytes(5).toString('hex')}.`,
    log: () => undefined,
    security,
  });
  const admin = createTopicAdmin(connection);
  const publisher = await createPublisher(connection);
  return {
    connection,
    admin,
    publisher,
    createTopic: async (topic, { partitions = 1, config = {} } = {}) => {
      await admin.apply([topicSpec(topic, { partitions, config })]);
    },
    close: async () => {
      await publisher.close({ deadlineMs: 1_000 });
      await admin.close();
    },
  };
}

export function topicSpec(
  topic: string,
  { partitions = 1, config = {} }: { readonly partitions?: number; readonly config?: Record<string, string> } = {},
): TopicSpec {
  return { topic, partitions, replicationFactor: 1, config: { 'message.timestamp.type': 'LogAppendTime', ...config } };
}

export async function readAll(broker: TestBroker, topic: string): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  const signal = AbortSignal.timeout(60_000);
  for await (const record of readRecords(broker.connection, { topic, limit: 1_000_000, signal })) records.push(record);
  return records;
}

/** Resolves once the condition holds; asked again at every turn of a short timer. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 60_000,
): Promise<void> {
  const endsAtMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endsAtMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A gate that stays shut until it is opened. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

import { withinMs } from '@trunkline/core';
import type { Admin } from 'kafkajs';

import type { KafkaConnection } from '../kafkajs/connection.ts';
import type { TopicLeaders } from './leaders.ts';
import { refusalOf } from './refusals.ts';

/** Longer than a question: a process that has just started, on a machine with too much to do, has three answers to wait for. */
const connectTimeoutMs = 10_000;
const requestTimeoutMs = 5_000;
const retry = { retries: 1, initialRetryTime: 100 };

/** The leaders of these topics, asked on a connection of its own, which no send can hold up. */
export async function askLeaders(
  connection: KafkaConnection,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicLeaders>> {
  // For no topics kafkajs would ask for all there are.
  if (topics.length === 0) return new Map();
  const client = connection.open({ requestTimeoutMs, retry });
  const admin = client.kafka.admin({ retry });
  try {
    await withinMs(admin.connect(), connectTimeoutMs, 'connecting to Kafka');
    return await ask(admin, connection, topics);
  } finally {
    await withinMs(admin.disconnect(), 1_000, 'disconnecting from Kafka').catch(() => undefined);
    client.destroySockets();
  }
}

async function ask(
  admin: Admin,
  connection: KafkaConnection,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicLeaders>> {
  try {
    const names = topics.map((topic) => connection.onWire(topic));
    const asked = admin.fetchTopicMetadata({ topics: names });
    const { topics: metadata } = await withinMs(asked, requestTimeoutMs, 'asking Kafka for the leaders of its topics');
    return new Map(
      metadata.map(({ name, partitions }) => [
        connection.logical(name),
        partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader),
      ]),
    );
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    const [only = ''] = topics;
    if (topics.length === 1) return new Map([[only, refusal]]);
  }
  // One topic that does not exist is an error of the whole question.
  const answers = new Map<string, TopicLeaders>();
  for (const topic of topics)
    for (const [name, leaders] of await ask(admin, connection, [topic])) answers.set(name, leaders);
  return answers;
}

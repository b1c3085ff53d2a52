/** A Fetch request by itself: no group, so nothing but the right to read stands between whoever asks and the records. */
import type { KafkaConnection } from '@trunkline/kafka';

/** What of kafkajs's insides is used; it has no outside for it. */
interface Cluster {
  connect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, readonly number[]>>;
  findBroker(options: { readonly nodeId: string }): Promise<{ fetch(request: object): Promise<FetchAnswer> }>;
  disconnect(): Promise<void>;
}

interface FetchAnswer {
  readonly responses: readonly {
    readonly partitions: readonly { readonly messages: readonly unknown[] }[];
  }[];
}

const partition = 0;

/** How many records the broker gives from the beginning of the topic's first partition. Rejects when it refuses. */
export async function bareFetch(connection: KafkaConnection, topic: string): Promise<number> {
  const { kafka } = connection.open({ requestTimeoutMs: 10_000, retry: { retries: 0 } });
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) => each.description === 'private:Kafka:createCluster');
  if (symbol === undefined) throw new Error('kafkajs makes its clusters elsewhere now: this file has to change');
  // A method of the client by that symbol, in the version that the lock file names.
  const { [symbol]: createCluster } = kafka as unknown as Readonly<Record<symbol, (options: object) => Cluster>>;
  if (createCluster === undefined) throw new Error('kafkajs makes no cluster by its symbol');
  const cluster = createCluster.call(kafka, { metadataMaxAge: 60_000 });
  const wireTopic = connection.onWire(topic);
  try {
    await cluster.connect();
    await cluster.addTargetTopic(wireTopic);
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(wireTopic, [partition]));
    if (nodeId === undefined) throw new Error(`${topic} has no leader`);
    const broker = await cluster.findBroker({ nodeId });
    const limits = { maxWaitTime: 100, minBytes: 1, maxBytes: 1_000_000 };
    const asked = { partition, fetchOffset: '0', maxBytes: 1_000_000 };
    const { responses } = await broker.fetch({
      ...limits,
      isolationLevel: 1,
      topics: [{ topic: wireTopic, partitions: [asked] }],
    });
    return responses.flatMap(({ partitions }) => partitions.flatMap(({ messages }) => messages)).length;
  } finally {
    await cluster.disconnect();
  }
}

/**
 * Publishes the records the ingress would, without HTTP, verification or encoding. Through the ingress's own publisher,
 * or through KafkaJS as it comes: one request for each delivery.
 */
import { createKafkaConnection, createPublisher, type OutgoingRecord } from '@trunkline/kafka';
import kafkajs from 'kafkajs';

import { pace } from '../load/pace.ts';
import { answerQuestions } from '../load/worker.ts';

export interface ProducerStart {
  readonly client: 'publisher' | 'kafkajs';
  readonly brokers: readonly string[];
  readonly namespace: string;
  /** What each delivery is made of, used in turn. */
  readonly deliveries: readonly (readonly OutgoingRecord[])[];
}

/** `callers` publish again as soon as they are acknowledged; `perSecond` publishes at a steady rate. */
export type ProducerRun = { readonly seconds: number } & (
  | { readonly callers: number }
  | { readonly perSecond: number }
);

export interface ProducerOutcome {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
}

type Question = { readonly start: ProducerStart } | { readonly run: ProducerRun };
type Publish = (records: readonly OutgoingRecord[]) => Promise<unknown>;

const publishDeadlineMs = 15_000;
let publish: Publish = () => Promise.reject(new Error('not started'));
let deliveries: ProducerStart['deliveries'] = [];

answerQuestions(async (question: Question) => {
  if ('run' in question) return run(question.run);
  // Over the channel a Buffer becomes a plain Uint8Array.
  deliveries = question.start.deliveries.map((records) =>
    records.map((record) => ({
      ...record,
      key: Buffer.from(record.key),
      value: record.value === null ? null : Buffer.from(record.value),
    })),
  );
  publish =
    question.start.client === 'kafkajs' ? await plainKafkajs(question.start) : await ourPublisher(question.start);
  return 'started';
});

async function ourPublisher({ brokers, namespace }: ProducerStart): Promise<Publish> {
  const log = (): void => undefined;
  const publisher = await createPublisher(createKafkaConnection({ brokers, clientId: 'bench', namespace, log }));
  return (records) => publisher.publish(records, { deadlineMs: publishDeadlineMs });
}

async function plainKafkajs({ brokers, namespace }: ProducerStart): Promise<Publish> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'bench', logLevel: kafkajs.logLevel.ERROR });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  return (records) =>
    producer.sendBatch({
      acks: -1,
      topicMessages: records.map(({ topic, key, value, headers }) => ({
        topic: namespace + topic,
        messages: [{ key, value, headers: { ...headers } }],
      })),
    });
}

async function run(options: ProducerRun): Promise<ProducerOutcome> {
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + options.seconds * 1_000;
  const once = async (n: number): Promise<void> => {
    const begin = performance.now();
    await publish(deliveries[n % deliveries.length] ?? []);
    const end = performance.now();
    if ('perSecond' in options || end <= endsAt) latenciesMs.push(end - begin);
  };
  if ('perSecond' in options) {
    const open: Promise<void>[] = [];
    await pace({ ...options, signal: new AbortController().signal }, (n) => open.push(once(n)));
    await Promise.all(open);
  } else {
    await Promise.all(
      Array.from({ length: options.callers }, async (_, caller) => {
        for (let n = caller; performance.now() < endsAt; n += options.callers) await once(n);
      }),
    );
  }
  return { perSecond: latenciesMs.length / options.seconds, latenciesMs };
}

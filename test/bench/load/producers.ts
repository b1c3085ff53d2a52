import type { ProducerOutcome, ProducerRun, ProducerStart } from '../baselines/producer.ts';
import type { BenchWorld } from '../world.ts';
import { createRecordMaker } from './deliveries.ts';

export interface Producer {
  readonly pid: number;
  run(options: ProducerRun): Promise<ProducerOutcome>;
}

/** Fewer than the client's requests: they travel to the process over its channel first. */
const differentDeliveries = 1_024;
const startDeadlineMs = 30_000;
const lastAnswersMs = 30_000;

/** A process that publishes what the ingress would publish; the event to another topic, if one is given. */
export async function startProducer(
  world: BenchWorld,
  client: ProducerStart['client'],
  eventTopic?: string,
): Promise<Producer> {
  const maker = await createRecordMaker(world, world.settings);
  const worker = world.baseline('producer');
  const start: ProducerStart = {
    client,
    brokers: world.installation.endpoints.kafkaBrokers.split(','),
    namespace: world.installation.namespace,
    deliveries: Array.from({ length: differentDeliveries }, (_, n) => {
      const [archive, event] = maker.records(n);
      return [archive, eventTopic === undefined ? event : { ...event, topic: eventTopic }];
    }),
  };
  await worker.ask({ start }, startDeadlineMs);
  return { pid: worker.pid, run: (options) => worker.ask({ run: options }, options.seconds * 1_000 + lastAnswersMs) };
}

/** The consumers of a fault world, and how to tell that they have nothing left to do. */
import { join } from 'node:path';

import { type ServiceProcess, until } from '@trunkline/installation';
import { createKafkaConnection, createTopicAdmin, retryGroup, retryTopic, type TopicAdmin } from '@trunkline/kafka';
import type { Mutation, TestClock } from '@trunkline/testkit';

import { type FaultWorld, root } from './world.ts';

export interface ConsumerStart {
  readonly failpoints?: string;
  /** Adds to the name of the log file. */
  readonly label?: string;
  readonly mutation?: Mutation | undefined;
  readonly clock?: TestClock | undefined;
  /** The root of the checkout whose code it runs; this one unless given. */
  readonly checkout?: string | undefined;
  /** Of its operators; a free one unless given. */
  readonly port?: number;
  /** Beside, or instead of, what every consumer of a fault world is told. */
  readonly env?: Readonly<Record<string, string>>;
}

const drainDeadlineMs = 180_000;
/** How long a killed member keeps its partitions: the smallest that any broker allows. */
export const sessionTimeoutMs = 6_000;
/** Of a member that is killed on purpose, where the time that nobody works is only waited: our own brokers allow it. */
export const forgetKilled: Readonly<Record<string, string>> = { TRUNKLINE_SESSION_TIMEOUT_MS: '2000' };
/** Small batches, so that a run crosses its crash points many times. */
const batchRecords = 20;

/** The tally (test/faults/tally) as a process of its own, built from the same packages as any service. */
export async function startTally(world: FaultWorld, start: ConsumerStart): Promise<ServiceProcess> {
  return startConsumer(world, 'tally', { ...start, directory: join(start.checkout ?? root, 'test/faults/tally') });
}

export async function startPayments(world: FaultWorld, start: ConsumerStart): Promise<ServiceProcess> {
  return startConsumer(world, 'payments', start);
}

export async function startConsumers(world: FaultWorld, start: ConsumerStart = {}): Promise<readonly ServiceProcess[]> {
  const consumers = await Promise.all([startTally(world, start), startPayments(world, start)]);
  await Promise.all(consumers.map((consumer) => consumer.ready()));
  return consumers;
}

/** The ingress at the world's own address, ready. */
export async function startIngress(
  world: FaultWorld,
  start: Pick<ConsumerStart, 'mutation' | 'clock' | 'env'> = {},
): Promise<ServiceProcess> {
  const ingress = await world.start({ name: 'ingress', port: world.ingressPort, ...start });
  await ingress.ready();
  return ingress;
}

/** Waits until both groups have committed everything there is, then stops the given processes. */
export async function consumeEverything(world: FaultWorld, consumers: readonly ServiceProcess[]): Promise<void> {
  await untilConsumed(world);
  await Promise.all(consumers.map((consumer) => consumer.stop()));
}

/** A group, and those of its topics that a row fills. */
export interface Consuming {
  readonly group: string;
  readonly topics: readonly string[];
}

const paymentTopics = ['payments.payment.v1'];
const both: readonly Consuming[] = [
  { group: 'payments', topics: paymentTopics },
  { group: 'tally', topics: paymentTopics },
];

/** Waits until the groups have committed everything there is, retries too; the payments service and the tally unless told. */
export async function untilConsumed(world: FaultWorld, groups: readonly Consuming[] = both): Promise<void> {
  const { endpoints, namespace } = world.installation;
  const admin = createTopicAdmin(
    createKafkaConnection({
      brokers: endpoints.kafkaBrokers.split(','),
      clientId: 'trunkline-faults',
      namespace,
      log: () => undefined,
    }),
  );
  try {
    await until(
      'the groups have consumed everything',
      async () => {
        const lags = await Promise.all(groups.map((group) => lagOf(admin, group, world.retryTier)));
        return lags.every((lag) => lag === 0n);
      },
      { deadlineMs: drainDeadlineMs, everyMs: 100 },
    );
  } finally {
    await admin.close();
  }
}

async function lagOf(admin: TopicAdmin, { group, topics }: Consuming, retryTier: string): Promise<bigint> {
  const main = await admin.groupLag(group, topics);
  const retry = await admin.groupLag(retryGroup(group), [retryTopic(group, retryTier)]);
  return [...main, ...retry].reduce((sum, { lag }) => sum + lag, 0n);
}

export function startConsumer(
  world: FaultWorld,
  name: string,
  start: ConsumerStart & { readonly directory?: string },
): Promise<ServiceProcess> {
  return world.start({
    name,
    ...start,
    env: {
      TRUNKLINE_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
      TRUNKLINE_BATCH_RECORDS: String(batchRecords),
      // A row kills at one record again and again, and wants batches to be killed in: the crash watch would take the
      // record for the reason.
      TRUNKLINE_CRASH_WATCH: 'false',
      ...start.env,
    },
  });
}

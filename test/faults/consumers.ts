/** The consumers of a fault world, and how to tell that they have nothing left to do. */
import { join } from 'node:path';

import { type ServiceProcess, until } from '@trunkline/installation';
import { createKafkaConnection, createTopicAdmin, retryGroup, retryTopic } from '@trunkline/kafka';
import { type Mutation } from '@trunkline/testkit';

import { type FaultWorld, retryTier } from './world.ts';

export interface ConsumerStart {
  readonly failpoints?: string;
  readonly mutation?: Mutation;
  /** Beside, or instead of, what every consumer of a fault world is told. */
  readonly env?: Readonly<Record<string, string>>;
}

const drainDeadlineMs = 180_000;
/** The smallest a broker allows: how long a killed member keeps its partitions. */
export const sessionTimeoutMs = 6_000;
/** Small batches, so that a run crosses its crash points many times. */
const batchRecords = 20;

/** The tally (test/faults/tally) as a process of its own, built from the same packages as any service. */
export async function startTally(world: FaultWorld, start: ConsumerStart): Promise<ServiceProcess> {
  return startConsumer(world, 'tally', { ...start, directory: join(import.meta.dirname, 'tally') });
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
export async function startIngress(world: FaultWorld): Promise<ServiceProcess> {
  const ingress = await world.start({ name: 'ingress', port: world.ingressPort });
  await ingress.ready();
  return ingress;
}

/** Waits until both groups have committed everything there is, then stops the given processes. */
export async function consumeEverything(world: FaultWorld, consumers: readonly ServiceProcess[]): Promise<void> {
  await untilConsumed(world);
  await Promise.all(consumers.map((consumer) => consumer.stop()));
}

/** Waits until both groups have committed everything there is, retries too. */
export async function untilConsumed(world: FaultWorld): Promise<void> {
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
      'both groups have consumed everything',
      async () => {
        const lags = await Promise.all(['payments', 'tally'].map((group) => lagOf(admin, group)));
        return lags.every((lag) => lag === 0n);
      },
      { deadlineMs: drainDeadlineMs, everyMs: 100 },
    );
  } finally {
    await admin.close();
  }
}

async function lagOf(admin: ReturnType<typeof createTopicAdmin>, group: string): Promise<bigint> {
  const main = await admin.groupLag(group, ['payments.payment.v1']);
  const retry = await admin.groupLag(retryGroup(group), [retryTopic(group, retryTier)]);
  return [...main, ...retry].reduce((sum, { lag }) => sum + lag, 0n);
}

function startConsumer(
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

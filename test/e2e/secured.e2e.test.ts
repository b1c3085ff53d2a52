/** The path of an event on a Kafka that lets each service do what it needs and nothing else, over TLS. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { kafkaLoginOf, until } from '@trunkline/installation';
import {
  createAclAdmin,
  createKafkaConnection,
  createPublisher,
  createTopicAdmin,
  type IncomingRecord,
  type KafkaConnection,
  kafkaUserOf,
  readRecords,
} from '@trunkline/kafka';
import { aclPlan, kafkaUsers } from '@trunkline/operations';
import { freePort, type Stack, type StackSecurity, startStack } from '@trunkline/stack';
import { type FaultProxy, startFaultProxy } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { bareFetch } from './bare-fetch.ts';
import { sendBurst } from './burst.ts';
import { trunkline } from './cli.ts';
import { inboxRows, paymentRows, recordsOfEvent, recordsOn } from './facts.ts';
import { refuseRow } from './refusing-row.ts';
import { paymentId, paymentRequest } from './stripe.ts';
import { type E2eWorld, startWorld } from './world.ts';

// A first start on a machine without the cache downloads Kafka.
const startLimitMs = 300_000;
const limitMs = 60_000;
const retryTiers = ['1s'] as const;

let folder: string;
let stack: Stack;
let security: StackSecurity;
let proxy: FaultProxy;
let world: E2eWorld;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-secured-'));
  const kafkaProxyPort = await freePort();
  stack = await startStack({ dataDir: join(folder, 'data'), parts: ['kafka'], kafkaUsers, kafkaProxyPort });
  if (stack.security === undefined) throw new Error('the stack was not secured');
  ({ security } = stack);
  proxy = await startFaultProxy({ upstream: stack.endpoints.kafkaProxyUpstream ?? '', port: kafkaProxyPort, seed: 1 });
  const { registryUrl, postgresAdminUrl } = inject('stack');
  const { caFile, passwords } = security;
  world = await startWorld(
    { kafkaBrokers: proxy.address, kafkaUsers: { caFile, passwords }, registryUrl, postgresAdminUrl },
    { retryTiers },
  );
}, startLimitMs);

afterAll(async () => {
  await world?.close();
  await proxy?.close();
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
}, limitMs);

async function deliveredEvent(payment: string): Promise<string> {
  const { status, eventIds } = await world.deliver({ fixture: 'payment_intent.succeeded', payment });
  expect(status).toBe(200);
  return eventIds[0] ?? 'none';
}

async function hasCopy(topic: string, eventId: string): Promise<boolean> {
  return (await recordsOfEvent(world, topic, eventId)).length > 0;
}

describe('services that may do what they need alone', () => {
  it('take a webhook to its row', { timeout: limitMs }, async () => {
    const eventId = await deliveredEvent('path');

    const rows = await until('it is applied', async () => some(await inboxRows(world, [eventId])));

    expect(rows).toMatchObject([{ outcome: 'applied', via: 'main' }]);
    expect(await paymentRows(world, [paymentId('path')])).toMatchObject([{ status: 'succeeded' }]);
  });

  it('try it again', { timeout: limitMs }, async () => {
    const refusing = await refuseRow(world, { entityId: paymentId('again'), sqlState: 'P0001' });
    const eventId = await deliveredEvent('again');
    await until('a copy for a retry', () => hasCopy('payments.retry.1s', eventId), { everyMs: 250 });

    await refusing.lift();
    const rows = await until('it is applied', async () => some(await inboxRows(world, [eventId])));

    expect(rows).toMatchObject([{ outcome: 'applied', via: 'retry' }]);
  });

  it('dead-letter it, and an operator sends it back', { timeout: limitMs }, async () => {
    const refusing = await refuseRow(world, { entityId: paymentId('dead'), sqlState: '23514' });
    const eventId = await deliveredEvent('dead');
    await until('the dead letter', () => hasCopy('payments.dlt', eventId), { everyMs: 250 });

    await refusing.lift();
    const sent = await trunkline(world, ['dlq', 'redrive', 'payments', '--id', eventId]);
    const rows = await until('it is applied', async () => some(await inboxRows(world, [eventId])));

    expect(sent.exitCode).toBe(0);
    expect(rows).toMatchObject([{ outcome: 'applied', via: 'redrive' }]);
  });
});

describe('the broker refuses', () => {
  it('that the ingress reads what an operator can read', async () => {
    const readFirst = async (service: string): Promise<readonly IncomingRecord[]> => {
      const options = { topic: 'payments.payment.v1', limit: 1, signal: AbortSignal.timeout(20_000) };
      const found: IncomingRecord[] = [];
      for await (const record of readRecords(connectionOf(service), options)) found.push(record);
      return found;
    };

    expect(await readFirst('operator')).toHaveLength(1);
    // The client library keeps to itself why no broker names the coordinator of a group that it may not be in.
    await expect(readFirst('ingress')).rejects.toThrow(/coordinator/);
  });

  it('that the ingress reads without a group, by a request of its own', async () => {
    const topic = 'ingress.delivery.v1';

    // A right to write is one to know the topic, but not to read it.
    expect(await bareFetch(connectionOf('operator'), topic)).toBeGreaterThanOrEqual(0);
    await expect(bareFetch(connectionOf('ingress'), topic)).rejects.toThrow(/not authorized/i);
  });

  it('that a consumer writes to a topic of its domain', async () => {
    const [original] = await until('an event', async () => some(await recordsOn(world, 'payments.payment.v1')));
    const publisher = await createPublisher(connectionOf('payments'));

    const publishing = publisher.publish(
      [{ topic: 'payments.payment.v1', key: original?.key ?? Buffer.from('k'), value: Buffer.from('x'), headers: {} }],
      { deadlineMs: 10_000 },
    );

    await expect(publishing).rejects.toThrow(/does not let us write/);
    await publisher.close({ deadlineMs: 1_000 });
  });

  it.each(kafkaUsers)('that %s makes a topic', async (user) => {
    const admin = createTopicAdmin(connectionAs(user));

    const making = admin.apply([{ topic: 'made.v1', partitions: 1, replicationFactor: 1, config: {} }]);

    await expect(making).rejects.toThrow(/lacks a right/);
    await admin.close();
  });
});

describe('the rules of users', () => {
  it('are those of the plan, and what somebody adds is found and taken away again', async () => {
    const plan = aclPlan({ retryTiers });
    const tooMuch = {
      user: kafkaUserOf('ingress'),
      resource: 'topic',
      name: 'payments.payment.v1',
      operation: 'read',
    } as const;
    const admin = createAclAdmin(world.kafka);

    const before = await admin.plan(plan);
    const added = await admin.apply([...plan, tooMuch]);
    const found = await admin.plan(plan);
    await admin.apply(plan);
    const after = await admin.plan(plan);

    await admin.close();
    expect(before).toEqual({ missing: [], surplus: [] });
    expect(added).toEqual({ missing: [tooMuch], surplus: [] });
    expect(found).toEqual({ missing: [], surplus: [tooMuch] });
    expect(after).toEqual({ missing: [], surplus: [] });
  });
});

describe('certificates that are renewed while deliveries come in', () => {
  it('refuse none of them, and none is lost', { timeout: limitMs }, async () => {
    const payments = Array.from({ length: 300 }, (_, n) => `renewed-${n}`);
    const requests = payments.map((payment) =>
      paymentRequest({ fixture: 'payment_intent.succeeded', payment }, world.stripeSecret),
    );

    const sending = sendBurst({
      url: world.ingressUrl,
      requests,
      perSecond: 100,
      maxOpen: 300,
      observe: () => undefined,
    });
    await security.renewCertificates();
    await cutConnections();
    await security.forgetOldAuthority();
    await cutConnections();
    const { statuses } = await sending;

    expect(statuses).toEqual({ 200: payments.length });
    const entityIds = payments.map(paymentId);
    await until('every one is applied', async () => (await paymentRows(world, entityIds)).length === payments.length, {
      deadlineMs: 45_000,
      everyMs: 500,
    });
  });
});

async function cutConnections(): Promise<void> {
  await proxy.inflict({ kind: 'refuse' });
  await proxy.inflict(undefined);
}

/** As a service would be let in; straight to the broker, as people might. */
function connectionOf(service: string): KafkaConnection {
  return connectionAs(kafkaUserOf(service));
}

function connectionAs(user: string): KafkaConnection {
  return createKafkaConnection({
    brokers: [stack.endpoints.kafkaBrokers],
    clientId: 'test',
    namespace: world.installation.namespace,
    security: kafkaLoginOf(security, user),
    log: () => undefined,
  });
}

function some<T>(rows: readonly T[]): readonly T[] | undefined {
  return rows.length > 0 ? rows : undefined;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, type Stack, type StackSecurity, startStack } from '@trunkline/stack';
import { type FaultProxy, startFaultProxy } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTopicAdmin } from '../admin/admin.ts';
import { openTestBroker, readAll, type TestBroker } from '../testing/broker.ts';
import { recordOf } from '../testing/records.ts';
import { createKafkaConnection, type KafkaSecurity } from './connection.ts';

// Its own broker, because the shared one takes everybody. With the download, minutes; usually 6 s.
const startLimitMs = 300_000;
const limitMs = 120_000;

let folder: string;
let stack: Stack;
let security: StackSecurity;
let proxy: FaultProxy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-secured-'));
  const kafkaProxyPort = await freePort();
  stack = await startStack({ dataDir: join(folder, 'data'), parts: ['kafka'], kafkaUsers: [], kafkaProxyPort });
  if (stack.security === undefined) throw new Error('the stack was not secured');
  security = stack.security;
  proxy = await startFaultProxy({ upstream: stack.endpoints.kafkaProxyUpstream ?? '', port: kafkaProxyPort, seed: 1 });
}, startLimitMs);

afterAll(async () => {
  await proxy.close();
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}, limitMs);

const noFiles = { caFile: undefined, certFile: undefined, keyFile: undefined };

function loginOf(change: Partial<KafkaSecurity> = {}): KafkaSecurity {
  const password = security.passwords['admin'] ?? '';
  return {
    tls: { ...noFiles, caFile: security.caFile },
    sasl: { mechanism: 'scram-sha-512', username: 'admin', password },
    ...change,
  };
}

async function cutConnections(): Promise<void> {
  await proxy.inflict({ kind: 'refuse' });
  await proxy.inflict(undefined);
}

async function publishedAndRead(broker: TestBroker, values: readonly string[]): Promise<readonly string[]> {
  await broker.createTopic('secured.v1');
  await broker.publisher.publish(
    values.map((value) => recordOf('secured.v1', 'key', value)),
    { deadlineMs: 60_000 },
  );
  return (await readAll(broker, 'secured.v1')).map(({ value }) => String(value));
}

describe('a connection to brokers that ask who is there', () => {
  it.each(['scram-sha-512', 'plain'] as const)(
    'publishes and reads after a login by %s over TLS',
    async (mechanism) => {
      const password = security.passwords['admin'] ?? '';
      const broker = await openTestBroker(
        stack.endpoints.kafkaBrokers,
        loginOf({ sasl: { mechanism, username: 'admin', password } }),
      );

      const read = await publishedAndRead(broker, ['a', 'b']);

      await broker.close();
      expect(read).toEqual(['a', 'b']);
    },
  );

  it('publishes and reads as who its certificate says it is', async () => {
    const { broker: address, certFile, keyFile } = security.byCertificate;
    const tls = { caFile: security.caFile, certFile, keyFile };
    const broker = await openTestBroker(address, { tls, sasl: undefined });

    const read = await publishedAndRead(broker, ['a']);

    await broker.close();
    expect(read).toEqual(['a']);
  });

  it.each([
    ['in plain', () => undefined, 'TRUNKLINE_KAFKA_TLS'],
    ['as nobody', () => loginOf({ sasl: undefined }), 'TRUNKLINE_KAFKA_SASL_MECHANISM'],
    ['by another authority', () => loginOf({ tls: noFiles }), 'TRUNKLINE_KAFKA_CA_FILE'],
    [
      'with a wrong password',
      () => loginOf({ sasl: { mechanism: 'scram-sha-512', username: 'admin', password: 'marker-of-a-secret' } }),
      'TRUNKLINE_KAFKA_PASSWORD',
    ],
  ])('that comes %s is an outage, and is told which variable lets it in', async (_how, secured, variable) => {
    const brokers = [stack.endpoints.kafkaBrokers];
    const connection = createKafkaConnection({ brokers, clientId: 'test', log: () => undefined, security: secured() });
    const admin = createTopicAdmin(connection);

    const refused: unknown = await admin.brokers().catch((error: unknown) => error);

    await admin.close();
    expect(refused).toMatchObject({ code: 'dependency_unavailable', message: expect.stringContaining(variable) });
    expect(String(refused)).not.toContain('marker-of-a-secret');
  });

  it(
    'takes a renewed certificate and then its authority alone, without a new start',
    { timeout: limitMs },
    async () => {
      const broker = await openTestBroker(proxy.address, loginOf());
      await broker.createTopic('renewed.v1');
      const publish = (value: string): Promise<void> =>
        broker.publisher.publish([recordOf('renewed.v1', 'key', value)], { deadlineMs: 60_000 });
      await publish('before');

      await security.renewCertificates();
      await cutConnections();
      await publish('renewed');
      await security.forgetOldAuthority();
      await cutConnections();
      await publish('forgotten');

      const read = (await readAll(broker, 'renewed.v1')).map(({ value }) => String(value));
      await broker.close();
      // A record whose acknowledgement was cut off may be there twice; none is missing.
      expect([...new Set(read)]).toEqual(['before', 'renewed', 'forgotten']);
    },
  );
});

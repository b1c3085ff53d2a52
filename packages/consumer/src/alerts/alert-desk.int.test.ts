import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEventCodec, schemaTexts, topicEntry } from '@trunkline/events';
import {
  createKafkaConnection,
  createSchemaRegistry,
  createTopicAdmin,
  readRecords,
  topicPlan,
} from '@trunkline/kafka';
import { createTestDatabase, createTestService } from '@trunkline/postgres/testing';
import { createHealth, createLogger, createMetrics, type Service } from '@trunkline/runtime';
import { describe, expect, inject, it, onTestFinished } from 'vitest';

import { createAlertDesk } from './alert-desk.ts';

const { kafkaBrokers, registryUrl, postgresAdminUrl } = inject('stack');
const topic = 'notifications.request.v1';

const text = `version: 1
tenants: [{ id: tnt_a, name: A }]
sources: []
people: [{ id: per_ada, tenant: tnt_a, name: Ada, channels: [{ id: mail, kind: email, to: ada@acme.example }] }]
operators: [{ person: per_ada, channels: [mail] }]
`;

describe('the alerts of a service that is no consumer group', () => {
  it('reach the topic, without a consumer group', async () => {
    const namespace = `t${randomBytes(5).toString('hex')}.`;
    const kafka = createKafkaConnection({
      brokers: kafkaBrokers.split(','),
      clientId: 'test',
      namespace,
      log: () => undefined,
    });
    const { kind, subject } = topicEntry(topic);
    const admin = createTopicAdmin(kafka);
    onTestFinished(() => admin.close());
    const plan = { replicationFactor: 1, partitions: 1, largestBodyBytes: 1024 * 1024, groups: [], retryTiers: [] };
    await admin.apply(topicPlan({ ...plan, topics: [{ name: topic, kind }] }));
    const service = await createTestService('shop', {});
    const test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
    onTestFinished(() => test.drop().then(() => service.remove()));
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-alerts-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const sourcesFile = join(folder, 'trunkline.yaml');
    await writeFile(sourcesFile, text);
    const registry = createSchemaRegistry({ url: registryUrl, namespace, timeoutMs: 30_000 });
    await registry.register(subject, schemaTexts[topic], 'FULL_TRANSITIVE');

    const desk = createAlertDesk(
      {
        config: {
          kafka: { brokers: kafkaBrokers.split(','), security: { tls: undefined, sasl: undefined } },
          registry: { url: registryUrl, auth: undefined },
          namespace,
          sourcesFile,
        },
        database: test.open(),
        find: () =>
          Promise.resolve([
            { template: 'operator_connection_unusable', subject: 'con_slack/unreachable', parameters: {} },
          ]),
      },
      testService(),
    );
    await desk.start();
    const signal = AbortSignal.timeout(60_000);
    let value: Buffer | null = null;
    while (value === null) {
      signal.throwIfAborted();
      for await (const record of readRecords(kafka, { topic, limit: 1, signal })) value = record.value;
    }
    await desk.stop({ deadlineMs: 5_000 });

    const codec = await createEventCodec({ registry, topics: [topic], limits: { registryDeadlineMs: 60_000 } });
    expect(await codec.decode(topic, value)).toMatchObject({
      recipientId: 'per_ada',
      template: 'operator_connection_unusable',
    });
  });
});

/** What the desk needs of it. */
function testService(): Service {
  const parts: Pick<Service, 'name' | 'logger' | 'health' | 'metrics' | 'clock'> = {
    name: 'shop',
    logger: createLogger({ name: 'test', version: '0', instance: 'test', level: 'fatal', sharesOutput: false }),
    health: createHealth(),
    metrics: createMetrics({ name: 'shop', version: 'test' }),
    clock: Date.now,
  };
  return parts as Service;
}

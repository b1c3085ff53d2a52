import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';

import { createEventCodec, type EventCodec, schemaTexts, topicEntry } from '@trunkline/events';
import {
  createKafkaConnection,
  createPublisher,
  createSchemaRegistry,
  createTopicAdmin,
  type IncomingRecord,
  type KafkaConnection,
  type OutgoingRecord,
  type Publisher,
  readRecords,
  type TopicAdmin,
  topicPlan,
} from '@trunkline/kafka';
import { createTestDatabase, type TestDatabase, type TestService } from '@trunkline/postgres/testing';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import type { CrashSettings, Death } from '../testing/crash-process.ts';
import { createShop, published, shopRecord, topic } from '../testing/test-group.ts';

const { kafkaBrokers, registryUrl, postgresAdminUrl } = inject('stack');
const namespace = `t${randomBytes(5).toString('hex')}.`;
/** The smallest a broker allows: each start waits so long for the partitions of the one that died. */
const sessionTimeoutMs = 6_000;
const startLimitMs = 120_000;
const poison = 'poisonous';

let service: TestService;
let test: TestDatabase;
let kafka: KafkaConnection;
let admin: TopicAdmin;
let publisher: Publisher;
let codec: EventCodec;
let child: ChildProcess | undefined;

beforeAll(async () => {
  kafka = createKafkaConnection({
    brokers: kafkaBrokers.split(','),
    clientId: 'test',
    namespace,
    log: () => undefined,
  });
  admin = createTopicAdmin(kafka);
  const { kind, subject } = topicEntry(topic);
  await admin.apply(
    topicPlan({
      replicationFactor: 1,
      partitions: 2,
      largestBodyBytes: 1024 * 1024,
      groups: ['shop'],
      retryTiers: ['1s'],
      topics: [{ name: topic, kind }],
    }),
  );
  const registry = createSchemaRegistry({ url: registryUrl, namespace, timeoutMs: 30_000 });
  await registry.register(subject, schemaTexts[topic], 'FULL_TRANSITIVE');
  codec = await createEventCodec({ registry, topics: [topic], limits: { registryDeadlineMs: 60_000 } });
  publisher = await createPublisher(kafka);
  service = await createShop();
  test = await createTestDatabase({ adminUrl: postgresAdminUrl, services: [service] });
}, 120_000);
afterEach(() => {
  child?.kill('SIGKILL');
});
afterAll(async () => {
  await publisher.close({ deadlineMs: 1_000 });
  await admin.close();
  await test.drop();
  await service.remove();
});

describe('a record that ends the process', () => {
  it(
    'is dead-lettered byte for byte after three ends, and its neighbours are applied exactly once',
    async () => {
      const neighbours = Array.from({ length: 60 }, (_, index) => `e${String(index).padStart(2, '0')}`);
      const names = [...neighbours.slice(0, 30), poison, ...neighbours.slice(30)];
      const records = names.map((name) => published(codec, shopRecord(name)));
      await publisher.publish(records, { deadlineMs: 60_000 });

      const ends: (number | string | null)[] = [];
      for (const death of ['kill', 'abort', 'exit'] as const) {
        expect(await deadLetters()).toEqual([]);
        ends.push(await endOf(start(death)));
      }
      const survivor = start('kill');
      await expect.poll(deadLetters, { timeout: startLimitMs, interval: 250 }).toHaveLength(1);
      await expect.poll(effects, { timeout: startLimitMs, interval: 250 }).toEqual(neighbours);

      expect(ends).toEqual(['SIGKILL', 'SIGABRT', 7]);
      expect(await deadLetters()).toMatchObject([copyOf(records[30])]);
      survivor.stdin?.end();
      expect(await endOf(survivor)).toBe(0);
      expect(await effects()).toEqual(neighbours);
      expect(await deadRuns()).toEqual([{ alone: false }, { alone: false }, { alone: true }]);
      expect(await lags()).toEqual([0n, 0n]);
    },
    5 * startLimitMs,
  );
});

function start(death: Death): ChildProcess {
  const settings: CrashSettings = {
    brokers: kafkaBrokers.split(','),
    namespace,
    registryUrl,
    databaseUrl: test.appUrl,
    sessionTimeoutMs,
    poisonEntity: poison,
    death,
  };
  const file = join(import.meta.dirname, '../testing/crash-process.ts');
  child = spawn(process.execPath, ['--conditions=@trunkline/source', file], {
    env: { CRASH_SETTINGS: JSON.stringify(settings) },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  return child;
}

/** Its exit code, or the signal that ended it. */
async function endOf(process: ChildProcess): Promise<number | string | null> {
  if (process.exitCode === null && process.signalCode === null) {
    await once(process, 'exit', { signal: AbortSignal.timeout(startLimitMs) });
  }
  return process.signalCode ?? process.exitCode;
}

function copyOf(record: OutgoingRecord | undefined): object {
  return {
    key: record?.key,
    value: record?.value,
    headers: {
      ...record?.headers,
      'x-original-topic': topic,
      'x-failure-kind': 'poison',
      'x-exception-code': 'process_crashed',
      'x-exception-message': 'the process ended 3 times while it had this record in hand',
      'x-retry-attempt': '0',
    },
  };
}

async function deadLetters(): Promise<readonly IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  const signal = AbortSignal.timeout(60_000);
  for (const from of ['shop.dlt', 'shop.retry.1s']) {
    for await (const record of readRecords(kafka, { topic: from, limit: 1_000, signal })) records.push(record);
  }
  return records;
}

async function effects(): Promise<readonly string[]> {
  const rows = await test.admin<{ readonly entity_id: string }>('SELECT entity_id FROM shop.effect ORDER BY 1');
  return rows.map((row) => row.entity_id);
}

/** Of the three that ended without a word. */
function deadRuns(): Promise<readonly object[]> {
  return test.admin('SELECT alone FROM trunkline.consumer_run ORDER BY beat_at');
}

async function lags(): Promise<readonly bigint[]> {
  const found = await admin.groupLag('shop', [topic]);
  return found.map(({ lag }) => lag);
}

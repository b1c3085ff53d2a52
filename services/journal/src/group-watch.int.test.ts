import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { Rounds } from '@trunkline/core';
import { until } from '@trunkline/installation';
import { createJournalWriter } from '@trunkline/journal';
import { createLettersDatabase, deadStep, payments } from '@trunkline/journal/testing';
import { createKafkaConnection, createPublisher, createPump, createTopicAdmin, type Publisher } from '@trunkline/kafka';
import { createTestService, type TestDatabase, type TestService } from '@trunkline/postgres/testing';
import { createLogger, type LabelledGaugeName, type Metrics } from '@trunkline/runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createGroupWatch } from './group-watch.ts';

const stack = inject('stack');
const kafka = createKafkaConnection({
  brokers: stack.kafkaBrokers.split(','),
  clientId: 'test',
  namespace: `w${randomBytes(5).toString('hex')}.`,
  log: () => undefined,
});
const log = createLogger({ name: 'journal', version: '0', instance: 't', level: 'fatal', write: () => undefined });
const main = 'payments.payment.v1';
const retry = 'payments.retry.1s';
const redrive = 'payments.redrive';

let service: TestService;
let test: TestDatabase;
let publisher: Publisher;
let watch: Rounds;

/** What the metrics would tell, by the values of their labels. */
const gauges = new Map<string, () => Readonly<Record<string, number>>>();
const metrics: Pick<Metrics, 'gauges'> = {
  gauges: (name, read) => {
    gauges.set(name, () =>
      Object.fromEntries([...read()].map(({ labels, value }) => [Object.values(labels).join(' '), value])),
    );
  },
};
const told = (name: LabelledGaugeName): Readonly<Record<string, number>> => gauges.get(name)?.() ?? {};

async function publish(topic: string, records: number): Promise<void> {
  const record = { topic, key: Buffer.from('k'), value: Buffer.from('v'), headers: {} };
  await publisher.publish(
    Array.from({ length: records }, () => record),
    { deadlineMs: 60_000 },
  );
}

/** A member of the group handles what is there, and leaves. */
async function handleAll(groupId: string, topic: string, records: number): Promise<void> {
  let handled = 0;
  const pump = createPump(kafka, {
    groupId,
    topics: [topic],
    process: (batch) => {
      handled += batch.length;
      return Promise.resolve();
    },
    maxBytesInFlight: 1024 * 1024,
    maxBatchRecords: 100,
    lanes: 1,
    sessionTimeoutMs: 10_000,
    onFatal: (error) => {
      throw error;
    },
  });
  await pump.start();
  // Twice, some of them, where the member had to join again.
  await until('all are handled', () => handled >= records);
  await pump.stop({ deadlineMs: 10_000 });
}

beforeAll(async () => {
  service = await createTestService('payments', {});
  test = await createLettersDatabase(stack.postgresAdminUrl, service);
  const admin = createTopicAdmin(kafka);
  const topics = [main, retry, redrive, 'ingress.delivery.v1'];
  await admin.apply(topics.map((topic) => ({ topic, partitions: 2, replicationFactor: 1, config: {} })));
  await admin.close();
  publisher = await createPublisher(kafka);
  watch = createGroupWatch({
    database: test.open(),
    kafka,
    groups: [{ ...payments, topics: [main], types: [], asks: [], tells: [] }],
    own: [{ name: 'journal', topics: ['ingress.delivery.v1'] }],
    retryTiers: ['1s'],
    clock: Date.now,
    log,
    metrics,
    everyMs: 250,
  });
  await publish(main, 3);
  await publish(retry, 2);
  watch.start();
});
afterAll(async () => {
  await watch.stop();
  await publisher.close({ deadlineMs: 10_000 });
  await test.drop();
  await service.remove();
});

describe('the watch over groups', () => {
  it('tells what waits on which topic, since when, and that nothing does', async () => {
    const expected = {
      [`payments main ${main}`]: 3,
      [`payments retry ${retry}`]: 2,
      [`payments redrive ${redrive}`]: 0,
      'journal main ingress.delivery.v1': 0,
    };

    await until('it has looked', () => Promise.resolve(isDeepStrictEqual(told('consumer_lag_records'), expected)));
    expect(told('consumer_lag_seconds')[`payments redrive ${redrive}`]).toBe(0);
    await until('it says since when', () =>
      Promise.resolve((told('consumer_lag_seconds')[`payments main ${main}`] ?? 0) > 0),
    );
    await until('the retries are late', () => Promise.resolve((told('retries_overdue_seconds')['payments'] ?? 0) > 0));

    await handleAll('payments', main, 3);
    await handleAll('payments.retry', retry, 2);

    await until('nothing waits', () =>
      Promise.resolve(Object.values(told('consumer_lag_records')).every((records) => records === 0)),
    );
    expect(told('retries_overdue_seconds')).toEqual({ payments: 0 });
  });

  it('counts open dead letters, and does not know them while Postgres refuses to tell', async () => {
    await until('none is open', () => Promise.resolve(told('dead_letters_open')['payments'] === 0));

    await createJournalWriter(test.open(), Date.now).write([deadStep({ offset: 1n }), deadStep({ offset: 2n })]);
    await until('two are open', () => Promise.resolve(told('dead_letters_open')['payments'] === 2));
    await test.admin('ALTER TABLE journal.letter RENAME TO letter_away');

    await expect.poll(() => told('dead_letters_open')['payments']).toBeNaN();
  });
});

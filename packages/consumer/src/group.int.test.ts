import { randomBytes } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';
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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type ConsumerGroup, type ConsumerGroupOptions, createConsumerGroup } from './group.ts';
import { defaultConsumerLimits } from './limits.ts';
import { createShop, createShopHandler, published, type ShopHandler, shopRecord, topic } from './testing/test-group.ts';

const { kafkaBrokers, registryUrl, postgresAdminUrl } = inject('stack');
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const retryTiers = ['1s', '2s'];
const poll = { timeout: 60_000, interval: 100 };

let service: TestService;
let test: TestDatabase;
let kafka: KafkaConnection;
let admin: TopicAdmin;
let publisher: Publisher;
let codec: EventCodec;
let shop: ShopHandler;
let group: ConsumerGroup;
let fatal: unknown[];

beforeAll(async () => {
  const namespace = `t${randomBytes(5).toString('hex')}.`;
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
      partitions: 3,
      largestBodyBytes: 1024 * 1024,
      groups: ['shop'],
      retryTiers,
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
afterAll(async () => {
  await publisher.close({ deadlineMs: 1_000 });
  await admin.close();
  await test.drop();
  await service.remove();
});

beforeEach(async () => {
  fatal = [];
  shop = createShopHandler();
  group = createGroup();
  await group.start(AbortSignal.timeout(60_000));
});
afterEach(async () => {
  await group.stop({ deadlineMs: 20_000 });
  await test.empty('shop.effect', 'shop.inbox');
  if (fatal.length > 0) throw new AggregateError(fatal, 'the group ended for good');
});

describe('a consumer group', () => {
  it('applies what is published, and commits what it applied', async () => {
    const names = await publish(20);

    await expect.poll(effects, poll).toEqual(names);
    await group.idle();

    const lags = await admin.groupLag('shop', [topic]);
    expect(lags.map(({ lag }) => lag)).toEqual([0n, 0n, 0n]);
    expect(group.health()).toEqual({ ready: true });
  });

  it('sees a record whose handler fails twice again on each retry topic in turn, never early, and applies it once', async () => {
    const runsAtMs: number[] = [];
    const [name = ''] = await publish(1, (entity) =>
      shop.misbehave(entity, () => {
        if (runsAtMs.push(Date.now()) <= 2) throw new TrunklineError('upstream_5xx', 'not yet');
      }),
    );

    await expect.poll(effects, poll).toEqual([name]);

    const copies = [...(await copiesOn('shop.retry.1s', name)), ...(await copiesOn('shop.retry.2s', name))];
    expect(copies.map(({ headers }) => headers['x-retry-attempt'])).toEqual(['1', '2']);
    const [, second = 0, third = 0] = runsAtMs;
    expect(second).toBeGreaterThanOrEqual((copies[0]?.timestampMs ?? Infinity) + 1_000);
    expect(third).toBeGreaterThanOrEqual((copies[1]?.timestampMs ?? Infinity) + 2_000);
    expect(await test.admin('SELECT via, attempt, outcome FROM shop.inbox')).toEqual([
      { via: 'retry', attempt: 3, outcome: 'applied' },
    ]);
    expect(await copiesOn('shop.dlt', name)).toEqual([]);
    expect(runsAtMs).toHaveLength(3);
  });

  it('dead-letters a record that always fails, with all text headers, and applies it once when it is redriven after the fix', async () => {
    const sent: OutgoingRecord[] = [];
    const [name = ''] = await publish(1, (entity) => shop.misbehave(entity, always('upstream_5xx')), sent);
    await expect.poll(() => copiesOn('shop.dlt', name), poll).toHaveLength(1);
    const [dead] = await copiesOn('shop.dlt', name);

    shop.misbehave(name, undefined);
    await publisher.publish([redriven(dead)], { deadlineMs: 60_000 });
    await expect.poll(effects, poll).toEqual([name]);

    const [original] = sent;
    expect(dead).toMatchObject({ key: original?.key, value: original?.value });
    expect(dead?.headers).toEqual({
      ...original?.headers,
      'x-original-topic': topic,
      'x-original-partition': expect.stringMatching(/^[0-2]$/),
      'x-original-offset': expect.stringMatching(/^[0-9]+$/),
      'x-original-timestamp': expect.stringMatching(/^[0-9]{13}$/),
      'x-original-consumer-group': 'shop',
      'x-retry-attempt': '3',
      'x-attempts-total': '3',
      'x-first-failure-at': expect.stringMatching(/^[0-9]{13}$/),
      'x-exception-class': 'TrunklineError',
      'x-exception-code': 'upstream_5xx',
      'x-exception-message': 'always',
      'x-exception-stacktrace': expect.stringContaining('at '),
      'x-failure-kind': 'exhausted',
    });
    expect(await test.admin('SELECT via, attempt, redrive_count FROM shop.inbox')).toEqual([
      { via: 'redrive', attempt: 1, redrive_count: 1 },
    ]);
  });

  it('dead-letters poison bytes put on the topic by hand, byte for byte, and their neighbours are unaffected', async () => {
    const name = `poison${randomBytes(4).toString('hex')}`;
    const poison: OutgoingRecord = {
      topic,
      key: Buffer.from(name),
      value: Buffer.from([0xde, 0xad, 0x00, 0xff]),
      headers: { ce_id: name },
    };
    const before = await publish(5);
    await publisher.publish([poison], { deadlineMs: 60_000 });
    const after = await publish(5);

    await expect.poll(effects, poll).toEqual([...before, ...after].toSorted(byText));
    await expect.poll(() => copiesOn('shop.dlt', name), poll).toHaveLength(1);

    const [dead] = await copiesOn('shop.dlt', name);
    expect(dead).toMatchObject({ key: poison.key, value: poison.value });
    expect(dead?.headers).toMatchObject({
      ce_id: name,
      'x-failure-kind': 'poison',
      'x-exception-code': 'decode_failed',
      'x-original-topic': topic,
    });
  });

  it('waits while Postgres is away, goes on when it is back, and puts nothing on its retry and dead-letter topics', async () => {
    const first = await publish(3);
    await expect.poll(effects, poll).toEqual(first);

    await test.takeDown();
    const during = await publish(30);
    await expect
      .poll(() => group.health(), poll)
      .toMatchObject({ ready: false, reason: expect.stringContaining('Postgres') });
    await test.bringUp();

    await expect.poll(effects, poll).toEqual([...first, ...during].toSorted(byText));
    await expect.poll(() => group.health(), poll).toEqual({ ready: true });
    const copies = [...(await readAll('shop.retry.1s')), ...(await readAll('shop.dlt'))];
    expect(copies.filter(({ headers }) => during.some((name) => headers['ce_subject']?.endsWith(name)))).toEqual([]);
  });

  it('of a release with which most keys fail alike stands still and says what to do, and the next release applies everything once', async () => {
    const names = await publish(80, (entity) => shop.misbehave(entity, always('upstream_5xx')));
    await expect
      .poll(() => group.health(), poll)
      .toMatchObject({
        ready: false,
        reason: expect.stringMatching(/most keys fail alike.*Roll back.*group-paused\.md/),
      });

    await group.stop({ deadlineMs: 20_000 });
    shop = createShopHandler();
    group = createGroup();
    await group.start(AbortSignal.timeout(60_000));

    await expect.poll(effects, poll).toEqual(names);
    const copies = [...(await readAll('shop.retry.1s')), ...(await readAll('shop.dlt'))];
    const moved = copies.filter(({ headers }) => names.some((name) => headers['ce_subject']?.endsWith(name)));
    // What came before there were enough keys to tell.
    expect(moved.length).toBeLessThan(defaultConsumerLimits.releaseLeastKeys);
    expect(group.health()).toEqual({ ready: true });
  });

  it('that was told not to mind sends everything that fails on its way', async () => {
    await group.stop({ deadlineMs: 20_000 });
    group = createGroup({ releaseGuard: false });
    await group.start(AbortSignal.timeout(60_000));

    const names = await publish(50, (entity) => shop.misbehave(entity, always('business_rejected')));

    await expect
      .poll(async () => {
        const dead = await readAll('shop.dlt');
        return dead.filter(({ headers }) => names.some((name) => headers['ce_subject']?.endsWith(name))).length;
      }, poll)
      .toBe(50);
    expect(group.health()).toEqual({ ready: true });
  });

  it('stops within its deadline while it waits for Postgres, and another member takes over what it had', async () => {
    await test.takeDown();
    const names = await publish(3);
    await expect.poll(() => group.health().ready, poll).toBe(false);

    const stopping = performance.now();
    await group.stop({ deadlineMs: 60_000 });
    const stoppedMs = performance.now() - stopping;
    await test.bringUp();
    group = createGroup();
    await group.start(AbortSignal.timeout(60_000));

    await expect.poll(effects, poll).toEqual(names);
    expect(stoppedMs).toBeLessThan(30_000);
  });
});

function createGroup(changes: Partial<ConsumerGroupOptions> = {}): ConsumerGroup {
  return createConsumerGroup({
    group: 'shop',
    handlers: [shop.handler],
    kafka,
    codec,
    publisher,
    database: test.open(),
    retryTiers,
    ...changes,
    limits: { maxAttempts: 3 },
    clock: () => Date.now(),
    log,
    metrics: { count: () => undefined, seconds: () => undefined },
    onFatal: (error) => fatal.push(error),
  });
}

/** Publishes events of so many new entities, after `prepare` was told of each; returns their ids, sorted. */
async function publish(
  count: number,
  prepare: (entity: string) => void = () => undefined,
  sent: OutgoingRecord[] = [],
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, () => `e${randomBytes(6).toString('hex')}`).toSorted(byText);
  for (const name of names) prepare(name);
  const records = names.map((name) => published(codec, shopRecord(name)));
  sent.push(...records);
  await publisher.publish(records, { deadlineMs: 60_000 });
  return names;
}

/** As `trunkline dlq redrive` does it. */
function redriven(dead: IncomingRecord | undefined): OutgoingRecord {
  if (dead?.key === undefined || dead.key === null) throw new TypeError('nothing to redrive');
  const headers = {
    ...dead.headers,
    'x-redrive-at': String(Date.now()),
    'x-redrive-id': 'rdr_1',
    'x-redrive-count': '1',
  };
  return { topic: 'shop.redrive', key: dead.key, value: dead.value, headers };
}

function always(code: 'upstream_5xx' | 'business_rejected'): () => never {
  return () => {
    throw new TrunklineError(code, 'always');
  };
}

async function effects(): Promise<readonly string[]> {
  const rows = await test.admin<{ readonly entity_id: string }>('SELECT entity_id FROM shop.effect');
  return rows.map((row) => row.entity_id).toSorted(byText);
}

/** The copies of one entity's record, or of the record with this key or ce_id, in the order they were published. */
async function copiesOn(copyTopic: string, name: string): Promise<readonly IncomingRecord[]> {
  const copies = await readAll(copyTopic);
  return copies.filter(({ headers }) => headers['ce_subject'] === `payment/${name}` || headers['ce_id'] === name);
}

async function readAll(from: string): Promise<readonly IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  const signal = AbortSignal.timeout(60_000);
  for await (const record of readRecords(kafka, { topic: from, limit: 10_000, signal })) records.push(record);
  return records.toSorted((a, b) => a.timestampMs - b.timestampMs);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

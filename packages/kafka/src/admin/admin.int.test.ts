import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { createKafkaConnection } from '../kafkajs/connection.ts';
import { openTestBroker, type TestBroker, topicSpec, until } from '../testing/broker.ts';
import { startPump, stopPumps } from '../testing/pump-harness.ts';
import { recordOf } from '../testing/records.ts';
import { createTopicAdmin } from './admin.ts';
import { topicPlan } from './topics.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await openTestBroker(inject('stack').kafkaBrokers);
});

afterEach(stopPumps);

afterAll(async () => {
  await broker.close();
});

const smallPlan = {
  replicationFactor: 1,
  partitions: 2,
  largestBodyBytes: 1024 * 1024,
  groups: ['payments'],
  retryTiers: ['10s'],
};

describe('the topic admin', () => {
  it('creates everything the plan names, and then finds no difference', async () => {
    const plan = topicPlan(smallPlan);

    const before = await broker.admin.plan(plan);
    const left = await broker.admin.apply(plan);
    const after = await broker.admin.plan(plan);

    expect(before).toEqual(plan.map(({ topic }) => ({ kind: 'missing', topic })));
    expect(left).toEqual([]);
    expect(after).toEqual([]);
    expect((await broker.admin.describe('payments.dlt'))?.config).toMatchObject({
      'message.timestamp.type': 'LogAppendTime',
      'retention.ms': String(30 * 86_400_000),
    });
  });

  it('corrects configuration that was changed, and leaves alone what the plan does not speak about', async () => {
    await broker.admin.apply([topicSpec('tuned.v1', { config: { 'retention.ms': '1000', 'flush.ms': '5000' } })]);
    const desired = [topicSpec('tuned.v1', { config: { 'retention.ms': '2000' } })];

    const before = await broker.admin.plan(desired);
    const left = await broker.admin.apply(desired);

    expect(before).toEqual([
      { kind: 'wrong_config', topic: 'tuned.v1', name: 'retention.ms', actual: '1000', desired: '2000' },
    ]);
    expect(left).toEqual([]);
    expect((await broker.admin.describe('tuned.v1'))?.config).toMatchObject({
      'retention.ms': '2000',
      'flush.ms': '5000',
    });
  });

  it('reports a wrong partition count and never repairs it', async () => {
    await broker.createTopic('wide.v1', { partitions: 3 });
    const desired = [topicSpec('wide.v1', { partitions: 6 })];

    const left = await broker.admin.apply(desired);

    expect(left).toEqual([{ kind: 'wrong_partitions', topic: 'wide.v1', actual: 3, desired: 6 }]);
    expect((await broker.admin.describe('wide.v1'))?.partitions).toBe(3);
  });

  it('reads offsets, offsets by time, and the lag of a group that has committed nothing', async () => {
    await broker.createTopic('offsets.v1', { partitions: 2 });
    // On partition 1 of 2.
    await broker.publisher.publish([recordOf('offsets.v1', 'k0'), recordOf('offsets.v1', 'k0')], {
      deadlineMs: 60_000,
    });

    expect(await broker.admin.offsets('offsets.v1')).toEqual([
      { partition: 0, low: 0n, high: 0n },
      { partition: 1, low: 0n, high: 2n },
    ]);
    expect(await broker.admin.offsetsByTimestamp('offsets.v1', 0)).toEqual([
      { partition: 0, offset: 0n },
      { partition: 1, offset: 0n },
    ]);
    expect(await broker.admin.offsetsByTimestamp('offsets.v1', Date.now() + 60_000)).toEqual([
      { partition: 0, offset: 0n },
      { partition: 1, offset: 2n },
    ]);
    expect(await broker.admin.groupLag('nobody', ['offsets.v1'])).toEqual([
      { topic: 'offsets.v1', partition: 0, committed: undefined, high: 0n, lag: 0n },
      { topic: 'offsets.v1', partition: 1, committed: undefined, high: 2n, lag: 2n },
    ]);
    expect(await broker.admin.groupLag('nobody')).toEqual([]);
  });

  it('forgets a group, which then begins anew, and refuses to while it reads', async () => {
    await broker.createTopic('again.v1', { partitions: 1 });
    await broker.publisher.publish([recordOf('again.v1', 'k')], { deadlineMs: 60_000 });
    const options = { groupId: 'again', topics: ['again.v1'] };
    const first = await startPump(broker, options);
    await until(() => first.seen.length === 1, 'it is read');
    await first.pump.idle();

    await expect(broker.admin.forgetGroup('again')).rejects.toMatchObject({ code: 'config_invalid' });
    await first.pump.stop({ deadlineMs: 10_000 });
    await broker.admin.forgetGroup('again');
    await broker.admin.forgetGroup('nobody');
    const second = await startPump(broker, options);

    await until(() => second.seen.length === 1, 'it is read again');
  });

  it('says that a topic does not exist', async () => {
    expect(await broker.admin.describe('nothing.v1')).toBeUndefined();
    await expect(broker.admin.offsets('nothing.v1')).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('rejects with dependency_unavailable when no broker answers', async () => {
    // A port that nobody listens on: the discard port needs a privileged server.
    const nowhere = createTopicAdmin(
      createKafkaConnection({ brokers: ['127.0.0.1:9'], clientId: 'test', log: () => undefined }),
    );

    await expect(nowhere.plan(topicPlan(smallPlan))).rejects.toMatchObject({ code: 'dependency_unavailable' });
    await nowhere.close();
  });
});

import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { isCoordinatorMissing } from '../kafkajs/kafka-errors.ts';
import type { IncomingRecord, OutgoingRecord } from '../ports.ts';
import { gate, openTestBroker, type TestBroker, until } from '../testing/broker.ts';
import { committedOf, lagOf, preparePump, startPump, stopPumps } from '../testing/pump-harness.ts';
import { recordOf } from '../testing/records.ts';

let broker: TestBroker;

beforeAll(async () => {
  broker = await openTestBroker(inject('stack').kafkaBrokers);
});

afterEach(stopPumps);

afterAll(async () => {
  await broker.close();
});

/** Keys of which the n-th lies on partition n of 2. */
const keysOfTwo = ['k3', 'k0'] as const;

async function publish(topic: string, keys: readonly string[], value?: (index: number) => Buffer): Promise<void> {
  const records = keys.map((key, index) => recordOf(topic, key, value?.(index) ?? `${key}#${index}`));
  await broker.publisher.publish(records, { deadlineMs: 60_000 });
}

/** A cluster that is new and busy names no coordinator yet. */
async function whileNoCoordinator<T>(ask: () => Promise<T>): Promise<T> {
  const answers: T[] = [];
  const isAnswered = async (): Promise<boolean> => {
    try {
      answers.push(await ask());
    } catch (error) {
      if (!isCoordinatorMissing(error)) throw error;
    }
    return answers.length > 0;
  };
  await until(isAnswered, 'the cluster names a coordinator');
  const [answer] = answers;
  if (answer === undefined) throw new Error('there is an answer');
  return answer;
}

function valuesOf(records: readonly IncomingRecord[]): string[] {
  return records.map(({ value }) => String(value));
}

describe('a pump', () => {
  it('hands over every record once, in order per partition, and commits exactly to the end', async () => {
    await broker.createTopic('plain.v1', { partitions: 3 });
    const keys = Array.from({ length: 3_000 }, (_, index) => `k${index % 20}`);
    await publish('plain.v1', keys);

    const sizes: number[] = [];
    const { pump, seen, fatal } = await startPump(broker, {
      groupId: 'plain',
      topics: ['plain.v1'],
      maxBatchRecords: 100,
      process: (records) => {
        sizes.push(records.length);
        return Promise.resolve();
      },
    });
    await until(() => seen.length >= 3_000, 'all records handed over');
    await pump.idle();

    expect(seen).toHaveLength(3_000);
    // A thousand wait on each partition, so batches get as large as they may.
    expect(Math.max(...sizes)).toBe(100);
    for (const partition of [0, 1, 2]) {
      const offsets = seen.filter((record) => record.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.map((_, index) => BigInt(index)));
    }
    expect(await lagOf(broker, 'plain', 'plain.v1')).toBe(0n);
    expect(pump.state()).toMatchObject({ inFlightBytes: 0, paused: [], insideSinceMs: undefined });
    expect(pump.state().assigned).toEqual(['plain.v1[0]', 'plain.v1[1]', 'plain.v1[2]']);
    expect(fatal).toEqual([]);
  });

  it('commits past the markers of a transaction, whether its records count or not', async () => {
    await broker.createTopic('markers.v1');
    const client = broker.connection.open({ requestTimeoutMs: 10_000, retry: { retries: 10 } });
    const foreign = client.kafka.producer({
      transactionalId: broker.connection.onWire('foreign'),
      maxInFlightRequests: 1,
    });
    await foreign.connect();
    const send = async (value: string): Promise<Awaited<ReturnType<typeof foreign.transaction>>> => {
      const transaction = await whileNoCoordinator(() => foreign.transaction());
      await transaction.send({ topic: broker.connection.onWire('markers.v1'), messages: [{ key: 'k', value }] });
      return transaction;
    };

    await (await send('counts')).commit();
    const { pump, seen } = await startPump(broker, { groupId: 'markers', topics: ['markers.v1'] });
    await until(async () => (await committedOf(broker, 'markers', 'markers.v1'))[0] === 2n, 'record and marker');
    await (await send('does not')).abort();
    // The marker is written after the answer to abort(), and until then nothing seems to be left.
    await until(async () => (await committedOf(broker, 'markers', 'markers.v1'))[0] === 4n, 'both and their markers');

    expect(valuesOf(seen)).toEqual(['counts']);
    expect(await lagOf(broker, 'markers', 'markers.v1')).toBe(0n);
    expect(pump.state().inFlightBytes).toBe(0);
    await foreign.disconnect();
  });

  it('keeps a slow record on one partition from holding up another', async () => {
    await broker.createTopic('slow.v1', { partitions: 2 });
    const slow = gate();
    const { pump, seen } = await startPump(broker, {
      groupId: 'slow',
      topics: ['slow.v1'],
      process: async (records) => {
        if (records.some(({ partition }) => partition === 0)) await slow.opened;
      },
    });
    await publish('slow.v1', [keysOfTwo[0]]);
    await until(() => seen.length === 1, 'the slow record is inside');

    for (let round = 0; round < 5; round += 1) {
      await publish('slow.v1', [keysOfTwo[1]]);
      await until(() => seen.length === 2 + round, 'the next record of the other partition');
    }

    expect(pump.state().insideSinceMs).toBeLessThanOrEqual(Date.now());
    await until(
      async () => (await committedOf(broker, 'slow', 'slow.v1'))[1] === 5n,
      'the other partition is committed',
    );
    expect((await committedOf(broker, 'slow', 'slow.v1'))[0]).toBeUndefined();
    slow.open();
    await pump.idle();
    expect(await lagOf(broker, 'slow', 'slow.v1')).toBe(0n);
  });

  it('stays in its group while a handler runs longer than the session', async () => {
    await broker.createTopic('long.v1');
    const { pump, events, seen } = await startPump(broker, {
      groupId: 'long',
      topics: ['long.v1'],
      // The broker's smallest session.
      sessionTimeoutMs: 6_000,
      process: async () => {
        await delay(7_500);
      },
    });

    await publish('long.v1', ['k']);
    await until(() => seen.length === 1, 'the record is inside');
    await pump.idle();

    expect(events.map(({ kind }) => kind)).toEqual(['joined']);
    expect(seen).toHaveLength(1);
    expect(pump.state().generationId).toBe(1);
    expect(await lagOf(broker, 'long', 'long.v1')).toBe(0n);
  });

  it('goes on where it stood after a restart, without losing what was unfinished', async () => {
    await broker.createTopic('again.v1', { partitions: 2 });
    await publish('again.v1', [...keysOfTwo, ...keysOfTwo]);
    const stuck = gate();
    const first = await startPump(broker, {
      groupId: 'again',
      topics: ['again.v1'],
      process: async (records) => {
        if (records.some(({ partition }) => partition === 0)) await stuck.opened;
      },
    });
    await until(() => first.seen.length === 4, 'both partitions are handed over');
    await until(async () => (await committedOf(broker, 'again', 'again.v1'))[1] === 2n, 'the free one is committed');
    await first.pump.stop({ deadlineMs: 50 });
    await publish('again.v1', keysOfTwo);

    const second = await startPump(broker, { groupId: 'again', topics: ['again.v1'] });
    await until(() => second.seen.length === 4, 'what is left');
    await second.pump.idle();

    const places = second.seen.map(({ partition, offset }) => `${partition}@${offset}`).sort();
    expect(places).toEqual(['0@0', '0@1', '0@2', '1@2']);
    expect(await lagOf(broker, 'again', 'again.v1')).toBe(0n);
    stuck.open();
  });

  it('finishes what is inside when it stops, and commits it', async () => {
    await broker.createTopic('stop.v1');
    await publish('stop.v1', ['k']);
    const inside = gate();
    const { pump, seen } = await startPump(broker, {
      groupId: 'stop',
      topics: ['stop.v1'],
      process: () => inside.opened,
    });
    await until(() => seen.length === 1, 'the record is inside');

    const stopped = pump.stop({ deadlineMs: 60_000 });
    inside.open();
    await stopped;

    expect(await lagOf(broker, 'stop', 'stop.v1')).toBe(0n);
  });

  it('does not commit work that ends after the group has changed', async () => {
    await broker.createTopic('guard.v1', { partitions: 2 });
    await publish('guard.v1', keysOfTwo);
    const stuck = gate();
    const signals: AbortSignal[] = [];
    const first = await startPump(broker, {
      groupId: 'guard',
      topics: ['guard.v1'],
      process: async (_records, signal) => {
        signals.push(signal);
        await stuck.opened;
      },
    });
    await until(() => first.seen.length === 2, 'both records are inside the first member');
    const hold = gate();

    const second = await startPump(broker, { groupId: 'guard', topics: ['guard.v1'], process: () => hold.opened });
    await until(
      () => first.events.filter(({ kind }) => kind === 'joined').length === 2,
      'the first member joined again',
    );
    await until(() => second.seen.length === 1, 'the moved record is inside the second member');
    stuck.open();
    await until(() => first.events.some(({ kind }) => kind === 'finished_too_late'), 'the old work has ended');

    const moved = second.seen[0]?.partition ?? -1;
    expect(signals.slice(0, 2).map(({ aborted }) => aborted)).toEqual([true, true]);
    // The record that stayed with the first member was handed to it again and may be committed now; the moved one may not.
    await until(
      async () => (await committedOf(broker, 'guard', 'guard.v1'))[1 - moved] === 1n,
      'the kept partition is committed',
    );
    expect((await committedOf(broker, 'guard', 'guard.v1'))[moved]).toBeUndefined();
    hold.open();
    await second.pump.idle();
    expect(await lagOf(broker, 'guard', 'guard.v1')).toBe(0n);
  });

  it('hands a record of a retry tier over when its delay is over, not before, and without a rebalance', async () => {
    await broker.createTopic('g.retry.3s', { partitions: 2 });
    await broker.createTopic('g.redrive');
    const handedAtMs = new Map<string, number>();
    const { seen, events, pump } = await startPump(broker, {
      groupId: 'g.retry',
      topics: ['g.retry.3s', 'g.redrive'],
      delayOf: (topic) => (topic === 'g.retry.3s' ? 3_000 : undefined),
      process: (records) => {
        for (const { value } of records) handedAtMs.set(String(value), Date.now());
        return Promise.resolve();
      },
    });
    await publish('g.retry.3s', [keysOfTwo[0]], () => Buffer.from('first'));
    await publish('g.redrive', ['k'], () => Buffer.from('at once'));
    await until(() => handedAtMs.has('at once'), 'the record without a delay');
    // Later than the first, and due that much later: each waits for itself.
    await publish('g.retry.3s', [keysOfTwo[0]], () => Buffer.from('second'));

    await until(() => seen.length === 3, 'all records');
    await pump.idle();

    expect(valuesOf(seen).toSorted()).toEqual(['at once', 'first', 'second']);
    for (const record of seen.filter(({ topic }) => topic === 'g.retry.3s')) {
      const waitedMs = (handedAtMs.get(String(record.value)) ?? 0) - record.timestampMs;
      expect(waitedMs).toBeGreaterThanOrEqual(3_000);
    }
    expect(events.map(({ kind }) => kind)).toEqual(['joined']);
    expect(await lagOf(broker, 'g.retry', 'g.retry.3s')).toBe(0n);
  });

  it('holds no more bytes than its budget and one record per lane, and reads on when half is free', async () => {
    await broker.createTopic('budget.v1', { partitions: 4 });
    const keys = Array.from({ length: 600 }, (_, index) => `k${index}`);
    await publish('budget.v1', keys, () => Buffer.alloc(10_000));
    const maxBytesInFlight = 1024 * 1024;
    let mostBytes = 0;
    const stuck = gate();
    const { pump, seen, events } = await startPump(broker, {
      groupId: 'budget',
      topics: ['budget.v1'],
      maxBytesInFlight,
      maxBatchRecords: 10,
      process: async () => {
        mostBytes = Math.max(mostBytes, pump.state().inFlightBytes);
        await stuck.opened;
      },
    });
    await until(() => pump.state().paused.length === 4, 'every partition is paused');
    await delay(1_000);
    const whileStuck = pump.state().inFlightBytes;
    stuck.open();
    await until(() => seen.length === 600, 'all records');
    await pump.idle();

    expect(whileStuck).toBeGreaterThan(maxBytesInFlight / 2);
    expect(Math.max(mostBytes, whileStuck)).toBeLessThanOrEqual(maxBytesInFlight + 2 * 11_000);
    expect(new Set(seen.map(({ partition, offset }) => `${partition}@${offset}`)).size).toBe(600);
    expect(await lagOf(broker, 'budget', 'budget.v1')).toBe(0n);
    expect(pump.state().paused).toEqual([]);
    expect(events.map(({ kind }) => kind)).toEqual(['joined']);
  });

  it('serves tenants in turns: a bulk import does not keep the others waiting', async () => {
    await broker.createTopic('fair.v1');
    const blocked = gate();
    const { seen, pump } = await startPump(broker, {
      groupId: 'fair',
      topics: ['fair.v1'],
      maxBatchRecords: 10,
      tenantOf: ({ key }) => String(key),
      process: async (records) => {
        if (records.some(({ value }) => String(value) === 'block')) await blocked.opened;
      },
    });
    await broker.publisher.publish([recordOf('fair.v1', 'bulk', 'block')], { deadlineMs: 60_000 });
    await until(() => seen.length === 1, 'the lane is busy');
    const bulk = Array.from({ length: 400 }, (_, index) => recordOf('fair.v1', 'bulk', `bulk ${index}`));
    const small = recordOf('fair.v1', 'small', Buffer.alloc(100_000));
    await broker.publisher.publish([...bulk, small], { deadlineMs: 60_000 });
    // 400 records of some 540 bytes each, and the last.
    await until(() => pump.state().inFlightBytes > 300_000, 'all of it waits');
    blocked.open();
    await until(() => seen.length === 402, 'all records');

    expect(seen.findIndex(({ key }) => String(key) === 'small')).toBeLessThanOrEqual(10);
    expect(valuesOf(seen).filter((value) => value.startsWith('bulk'))).toEqual(bulk.map(({ value }) => String(value)));
  });

  it('leaves room for the partitions beside one on which a tenant has a bulk import', async () => {
    await broker.createTopic('share.v1', { partitions: 2 });
    const blocked = gate();
    const maxBytesInFlight = 200_000;
    const { seen, pump } = await startPump(broker, {
      groupId: 'share',
      topics: ['share.v1'],
      lanes: 1,
      maxBytesInFlight,
      maxBatchRecords: 2,
      tenantOf: ({ headers }) => String(headers['tenant']),
      process: () => blocked.opened,
    });
    const of = (tenant: string, key: string): OutgoingRecord => ({
      topic: 'share.v1',
      key: Buffer.from(key),
      value: Buffer.alloc(1_000),
      headers: { tenant },
    });
    const bulk = Array.from({ length: 500 }, () => of('bulk', keysOfTwo[0]));
    await broker.publisher.publish(bulk, { deadlineMs: 60_000 });
    await until(() => pump.state().paused.length === 1, 'the partition of the bulk import is paused');
    const bulkBytes = pump.state().inFlightBytes;

    await broker.publisher.publish([of('small', keysOfTwo[1])], { deadlineMs: 60_000 });
    await until(() => pump.state().inFlightBytes > bulkBytes, 'the other tenant is let in');
    blocked.open();
    await until(() => seen.length === 501, 'all records');
    await pump.idle();

    expect(bulkBytes).toBeLessThanOrEqual(maxBytesInFlight / 2 + 2_000);
    expect(seen.findIndex(({ headers }) => headers['tenant'] === 'small')).toBeLessThan(6);
    expect(await lagOf(broker, 'share', 'share.v1')).toBe(0n);
    expect(pump.state().paused).toEqual([]);
  });

  it('says that a topic is missing and how to create it', async () => {
    const { pump } = preparePump(broker, { groupId: 'none', topics: ['none.v1'] });

    await expect(pump.start()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('trunkline topics apply'),
    });
  });

  it('ends with onFatal when process() rejects, and commits nothing of it', async () => {
    await broker.createTopic('fatal.v1');
    await publish('fatal.v1', ['k']);

    const bug = new TypeError('a bug');
    const { fatal, pump } = await startPump(broker, {
      groupId: 'fatal',
      topics: ['fatal.v1'],
      process: () => Promise.reject(bug),
    });
    await until(() => fatal.length > 0, 'the bug is told');
    await pump.stop({ deadlineMs: 100 });

    expect(fatal).toEqual([bug]);
    expect(await committedOf(broker, 'fatal', 'fatal.v1')).toEqual([undefined]);
  });
});

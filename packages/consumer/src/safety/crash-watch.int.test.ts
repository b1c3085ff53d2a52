import { randomUUID } from 'node:crypto';

import type { IncomingRecord } from '@trunkline/kafka';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import type { ProcessBatch } from '../batch/batch.ts';
import type { Via } from '../handler.ts';
import { type BatchHarness, entities, names, openBatchHarness } from '../testing/batch-harness.ts';
import { type CrashWatch, createCrashWatch } from './crash-watch.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const carefulRecords = 30;

let harness: BatchHarness;
let watch: CrashWatch;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(async () => {
  await harness.reset();
  await harness.test.admin('TRUNCATE trunkline.consumer_run, trunkline.record_in_hand');
  harness.context = { ...harness.context, limits: { ...harness.context.limits, carefulRecords } };
  watch = createCrashWatch(harness.context, log);
});
afterEach(() => watch.stop());

const signal = new AbortController().signal;
const process = (via: Via = 'main'): ProcessBatch => watch.guard(harness.process(via), via);
const records = (count: number): readonly IncomingRecord[] => entities(count).map((event) => harness.record(event));

describe('while no process of the group has died', () => {
  it('records are taken in batches, and nothing is written about them', async () => {
    await process()(records(40), signal);

    expect(await transactions()).toBe(1);
    expect(await marks()).toEqual([]);
  });

  it('an orderly end leaves no trace, so the next process need not be careful', async () => {
    await process()(records(1), signal);
    expect(await runs()).toHaveLength(1);

    await watch.stop();

    expect(await runs()).toEqual([]);
  });
});

describe('after a process of the group has died', () => {
  let deadRun: string;
  beforeEach(async () => {
    deadRun = randomUUID();
    await harness.test.admin(
      `INSERT INTO trunkline.consumer_run (schema, run_id, beat_at) VALUES ('shop', $1, now() - interval '10 seconds')`,
      [deadRun],
    );
  });

  it('records are taken one at a time, for a while', async () => {
    await process()(records(carefulRecords + 20), signal);

    expect(await harness.effects()).toEqual(names(carefulRecords + 20));
    expect(await transactions()).toBe(carefulRecords + 1);
    expect(await marks()).toEqual([]);
  });

  it('what is done already costs no care', async () => {
    const done = records(60);
    await harness.run(done);

    await process()([...done, ...records(carefulRecords)], signal);

    expect(await transactions()).toBe(1 + carefulRecords);
  });

  it('no two records are in hand at one time, whatever topics they came by', async () => {
    let inHand = 0;
    const most: number[] = [];
    for (const name of names(16)) {
      harness.shop.misbehave(name, async (_, tx) => {
        inHand += 1;
        most.push(inHand);
        await tx.query('SELECT pg_sleep(0.01)');
        inHand -= 1;
      });
    }

    const all = records(16);

    await Promise.all([process()(all.slice(0, 8), signal), process('redrive')(all.slice(8).map(redriven), signal)]);

    expect(most).toHaveLength(16);
    expect(Math.max(...most)).toBe(1);
  });

  it('a death is a reason once, not with every new assignment of partitions', async () => {
    await process()(records(carefulRecords), signal);
    await harness.test.admin('TRUNCATE shop.effect, shop.inbox');

    await process()(records(20), new AbortController().signal);

    expect(await transactions()).toBe(1);
  });

  it.each([
    [1, 0],
    [2, 1],
  ])('a record that was in hand at %i deaths before the last one is dead-lettered: %i times', async (crashes, dead) => {
    const [record, neighbour] = records(2);
    if (record === undefined || neighbour === undefined) throw new TypeError('two records were asked for');
    await harness.test.admin(
      `INSERT INTO trunkline.record_in_hand (schema, topic, partition, "offset", run_id, crashes)
       VALUES ('shop', $1, $2, $3, $4, $5)`,
      [record.topic, record.partition, String(record.offset), deadRun, crashes],
    );

    await process()([record, neighbour], signal);

    expect(harness.publisher.published).toHaveLength(dead);
    expect(harness.topicsOfCopies()).toEqual(dead === 0 ? {} : { 'shop.dlt': 1 });
    expect(await harness.effects()).toEqual(dead === 0 ? ['e0', 'e1'] : ['e1']);
  });

  it('a record whose partition is taken away is put down', async () => {
    const taken = new AbortController();
    harness.shop.misbehave('e0', () => {
      taken.abort();
      return new Promise(() => undefined);
    });

    await expect(process()(records(2), taken.signal)).rejects.toBeDefined();
    await watch.stop();

    expect(await marks()).toEqual([]);
    expect(harness.finished).toEqual([]);
  });
});

/** As it comes from the redrive topic. */
function redriven(record: IncomingRecord): IncomingRecord {
  const headers = {
    ...record.headers,
    'x-original-topic': record.topic,
    'x-original-partition': '0',
    'x-original-offset': '1',
    'x-original-timestamp': String(record.timestampMs),
  };
  return { ...record, topic: 'shop.redrive', headers };
}

async function transactions(): Promise<number> {
  return (await harness.test.admin('SELECT DISTINCT xmin FROM shop.effect')).length;
}

function marks(): Promise<readonly object[]> {
  return harness.test.admin('SELECT "offset" FROM trunkline.record_in_hand');
}

function runs(): Promise<readonly object[]> {
  return harness.test.admin(`SELECT run_id FROM trunkline.consumer_run`);
}

import type { IncomingRecord } from '@trunkline/kafka';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { defaultConsumerLimits } from '../limits.ts';
import type { ConsumerMetrics } from '../ports.ts';
import {
  type BatchHarness,
  entities,
  fail,
  hangUntilDeadline,
  names,
  openBatchHarness,
  sleepTooLong,
} from '../testing/batch-harness.ts';
import { shopRecord } from '../testing/test-group.ts';
import { createReleaseGate, type ReleaseGate } from './release-gate.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const limits = { ...defaultConsumerLimits, releaseFirstProbeMs: 20, releaseLastProbeMs: 40 };
const count = 60;

let harness: BatchHarness;
let trips: string[];
/** Called before a kept batch is tried again: nothing changes in the middle of a try. */
let beforeProbe: () => void;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(async () => {
  await harness.reset();
  trips = [];
  beforeProbe = () => undefined;
  const metrics: ConsumerMetrics = {
    count: (name: string) => (name === 'release_guard_trips_total' ? trips.push(name) : 0),
    seconds: () => undefined,
  };
  const gate = createReleaseGate({ group: 'shop', limits, clock: () => Date.now(), log, metrics });
  harness.context = { ...harness.context, releaseGate: observed(gate) };
});

const alike = 'most keys fail alike (';
const reason = (): string | undefined => harness.context.releaseGate.reason();
const misbehaveAll = (how: Parameters<BatchHarness['shop']['misbehave']>[1], entityCount = count): void => {
  for (const name of names(entityCount)) harness.shop.misbehave(name, how);
};
const fixed = (): void => misbehaveAll(undefined);

describe('a release with which most keys fail alike', () => {
  it.each(['unknown', 'business_rejected'] as const)(
    'moves nothing to retry or dead-letter topics (%s), says so, and goes on by itself when it is fixed',
    async (code) => {
      misbehaveAll(fail(code));

      const running = harness.run(entities(count));
      await expect.poll(reason).toContain(`most keys fail alike (${code} TrunklineError; 60 of 60 keys)`);
      expect(harness.publisher.published).toEqual([]);
      beforeProbe = fixed;
      await running;

      expect(await harness.effects()).toEqual(names(count));
      expect(harness.publisher.published).toEqual([]);
      expect(harness.outcomes()).toEqual({ applied: count });
      expect(reason()).toBeUndefined();
      expect(trips).toHaveLength(1);
    },
  );

  it('counts no attempt for what was kept', async () => {
    misbehaveAll(fail('upstream_5xx'));

    const running = harness.run(entities(count));
    await expect.poll(reason).toContain(alike);
    beforeProbe = () => {
      for (const name of names(count).slice(1)) harness.shop.misbehave(name, undefined);
    };
    await running;

    expect(harness.publisher.published).toMatchObject([
      { topic: 'shop.retry.10s', headers: { 'x-retry-attempt': '1', 'x-attempts-total': '1' } },
    ]);
  });

  it('applies at once what does not fail, and sends on what fails otherwise', async () => {
    misbehaveAll(fail('unknown'));
    harness.shop.misbehave('e0', undefined);
    harness.shop.misbehave('e1', fail('business_rejected'));

    const running = harness.run(entities(count));
    await expect.poll(reason).toContain(alike);

    expect(await harness.effects()).toEqual(['e0']);
    expect(harness.topicsOfCopies()).toEqual({ 'shop.dlt': 1 });
    beforeProbe = fixed;
    await running;
    expect(await harness.effects()).toEqual(names(count).filter((name) => name !== 'e1'));
  });

  it('is noticed over many small batches too, before more than a handful has moved on', async () => {
    misbehaveAll(fail('unknown'));

    const [last = shopRecord('none'), ...before] = entities(limits.releaseLeastKeys);
    for (const event of before) await harness.run([event]);
    expect(reason()).toBeUndefined();
    const running = harness.run([last]);
    await expect.poll(reason).toContain(alike);

    expect(harness.publisher.published).toHaveLength(limits.releaseLeastKeys - 1);
    beforeProbe = fixed;
    await running;
    expect(harness.publisher.published).toHaveLength(limits.releaseLeastKeys - 1);
  });

  it('lets neither new events nor retries run until it is over', async () => {
    misbehaveAll(fail('unknown'));
    const kept = harness.run(entities(count));
    await expect.poll(reason).toContain(alike);

    const others = [harness.run([shopRecord('new')]), harness.run([retried('again')], 'retry')];
    await expect(Promise.race([...others, rounds(5)])).resolves.toBe('rounds');
    expect(await harness.effects()).toEqual([]);
    beforeProbe = fixed;
    await Promise.all([kept, ...others]);

    expect(await harness.effects()).toEqual([...names(count), 'again', 'new'].toSorted());
  });

  it('is forgotten when the records are taken away, and found out again by whoever has them then', async () => {
    misbehaveAll(fail('unknown'));
    const taken = new AbortController();
    const records = entities(count).map((event) => harness.record(event));
    const running = harness.process('main')(records, taken.signal);
    await expect.poll(reason).toContain(alike);

    taken.abort();

    // With whatever it was at in that moment: a wait, a transaction, or a handler's failure.
    await expect(running).rejects.toThrow(/aborted|stopped waiting|the test says so/);
    expect(reason()).toBeUndefined();
    const again = harness.run(records);
    await expect.poll(reason).toContain(alike);
    beforeProbe = fixed;
    await again;
    expect(await harness.effects()).toEqual(names(count));
  });
});

describe('a release whose handlers hang', () => {
  let handlerRuns: number;
  let hang: () => Promise<never>;
  beforeEach(() => {
    handlerRuns = 0;
    hang = hangUntilDeadline(harness.context.limits.handlerDeadlineMs, () => void (handlerRuns += 1));
  });

  it('is noticed within five minutes of default settings, moves nothing to the retry topics, and goes on when it is fixed', async () => {
    misbehaveAll(hang);

    const running = harness.run(entities(count));
    await expect.poll(reason).toContain(`${alike}handler_timeout TrunklineError; 7 of 7 keys)`);
    // Each run takes one deadline.
    expect(handlerRuns * defaultConsumerLimits.handlerDeadlineMs).toBeLessThanOrEqual(5 * 60_000);
    expect(harness.publisher.published).toEqual([]);
    beforeProbe = fixed;
    await running;

    expect(await harness.effects()).toEqual(names(count));
    expect(harness.publisher.published).toEqual([]);
    expect(reason()).toBeUndefined();
    expect(trips).toHaveLength(1);
  });

  it('is noticed where events come one by one, before more than a handful has moved on', async () => {
    misbehaveAll(hang);

    const [last = shopRecord('none'), ...before] = entities(limits.releaseHangs);
    for (const event of before) await harness.run([event]);
    expect(reason()).toBeUndefined();
    const running = harness.run([last]);
    await expect.poll(reason).toContain(alike);

    expect(harness.publisher.published).toHaveLength(limits.releaseHangs - 1);
    beforeProbe = fixed;
    await running;
  });

  it('is told from events that hang among others: those are retried later', async () => {
    for (const name of ['e0', 'e1', 'e2', 'e3']) harness.shop.misbehave(name, hang);

    await harness.run(entities(count));

    expect(await harness.effects()).toEqual(names(count).filter((name) => !/^e[0-3]$/.test(name)));
    expect(harness.topicsOfCopies()).toEqual({ 'shop.retry.10s': 4 });
    expect(trips).toEqual([]);
  });

  it('(whose statements never end) is noticed as soon', async () => {
    const wholeBatch = defaultConsumerLimits.maxBatchRecords;
    harness.context = {
      ...harness.context,
      limits: { ...harness.context.limits, handlerDeadlineMs: 30_000, pauseStepMs: 1, statementTimeoutsInARow: 1 },
    };
    misbehaveAll(async (event, tx) => {
      handlerRuns += 1;
      await sleepTooLong(event, tx);
    }, wholeBatch);
    const kept: { readonly why: string | undefined; readonly runs: number }[] = [];
    beforeProbe = () => {
      kept.push({ why: reason(), runs: handlerRuns });
      misbehaveAll(undefined, wholeBatch);
    };

    await harness.run(entities(wholeBatch));

    expect(kept[0]?.why).toContain(`${alike}dependency_unavailable error 57014; 7 of 7 keys)`);
    // By default each run is three statement timeouts of 10 s.
    expect((kept[0]?.runs ?? 0) * 3 * 10_000).toBeLessThanOrEqual(5 * 60_000);
    expect(harness.publisher.published).toEqual([]);
    expect(await harness.effects()).toEqual(names(wholeBatch));
  });
});

describe('events that fail among others', () => {
  it('(one in a hundred) go to the retry topic, and nothing stands still', async () => {
    harness.shop.misbehave('e0', fail('unknown'));
    harness.shop.misbehave('e1', fail('unknown'));

    for (let batch = 0; batch < 3; batch += 1) await harness.run(entities(200));

    expect(trips).toEqual([]);
    expect(harness.topicsOfCopies()).toEqual({ 'shop.retry.10s': 6 });
    expect(await harness.effects()).toHaveLength(3 * 198);
  });

  it('on the retry topic, where all have failed before, do not stop the group', async () => {
    misbehaveAll(fail('unknown'));

    await harness.run(
      names(count).map((name) => retried(name)),
      'retry',
    );

    expect(trips).toEqual([]);
    expect(harness.publisher.published).toHaveLength(count);
  });

  it('are over for their keys where an event of them that came again was applied', async () => {
    const half = limits.releaseLeastKeys - 2;
    misbehaveAll(fail('unknown'), 2 * half);
    const events = entities(2 * half);
    await harness.run(events.slice(0, half));
    misbehaveAll(undefined, half);
    await harness.run(
      names(half).map((name) => retried(name)),
      'retry',
    );

    await harness.run(events.slice(half));

    expect(trips).toEqual([]);
    expect(harness.topicsOfCopies()).toEqual({ 'shop.retry.10s': 2 * half });
  });
});

function observed(gate: ReleaseGate): ReleaseGate {
  return {
    reason: () => gate.reason(),
    async enter(via, signal) {
      const passage = await gate.enter(via, signal);
      return {
        ...passage,
        async untilProbe(until) {
          await passage.untilProbe(until);
          beforeProbe();
        },
      };
    },
  };
}

/** So many questions to Postgres: enough time for a run that does not wait. */
async function rounds(times: number): Promise<string> {
  for (let round = 0; round < times; round += 1) await harness.effects();
  return 'rounds';
}

/** As it comes from the retry topic. */
function retried(name: string): IncomingRecord {
  const source = harness.record(shopRecord(name));
  return {
    ...source,
    topic: 'shop.retry.10s',
    headers: {
      ...source.headers,
      'x-original-topic': source.topic,
      'x-original-partition': '0',
      'x-original-offset': '1',
      'x-original-timestamp': String(source.timestampMs),
      'x-retry-attempt': '1',
    },
  };
}

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type BatchHarness, entities, fail, openBatchHarness } from '../testing/batch-harness.ts';
import { shopRecord } from '../testing/test-group.ts';

let harness: BatchHarness;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(() => harness.reset());

describe('while a dependency is away', () => {
  it('(Postgres) a batch waits, says so, and fails no event', async () => {
    await harness.run([shopRecord('e0')]);
    await harness.test.takeDown();

    const running = harness.run([shopRecord('e1'), shopRecord('e2')]);
    await expect.poll(() => harness.context.pause.reason()).toContain('dependency_unavailable');
    await harness.test.bringUp();
    await running;

    expect(await harness.effects()).toEqual(['e0', 'e1', 'e2']);
    expect(harness.publisher.published).toEqual([]);
    expect(harness.context.pause.reason()).toBeUndefined();
  });

  it('(Kafka) a batch is not finished before the copy of its bad event is stored', async () => {
    harness.shop.misbehave('e0', fail('business_rejected'));
    harness.publisher.refuse(3);

    await harness.run(entities(2));

    expect(harness.topicsOfCopies()).toEqual({ 'shop.dlt': 1 });
    expect(await harness.effects()).toEqual(['e1']);
  });

  it('a batch that is taken away ends without finishing', async () => {
    const taken = new AbortController();
    await harness.test.takeDown();

    const running = harness.process('main')([harness.record(shopRecord('e0'))], taken.signal);
    await expect.poll(() => harness.context.pause.reason()).toBeDefined();
    taken.abort();

    await expect(running).rejects.toBeDefined();
    await harness.test.bringUp();
    expect(harness.finished).toEqual([]);
  });
});

describe('a copy that is too large', () => {
  it('goes without its message and stack', async () => {
    harness.shop.misbehave('e0', fail('business_rejected'));
    harness.publisher.maxRecordBytes = 1_200;

    await harness.run([shopRecord('e0')]);

    expect(harness.publisher.published).toHaveLength(1);
    expect(harness.publisher.published[0]?.headers['x-exception-stacktrace']).toBeUndefined();
    expect(harness.publisher.published[0]?.headers['x-exception-code']).toBe('business_rejected');
  });
});

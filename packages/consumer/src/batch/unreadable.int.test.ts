import type { IncomingRecord } from '@trunkline/kafka';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { newestApplicableAgeMs } from '../limits.ts';
import { type BatchHarness, openBatchHarness } from '../testing/batch-harness.ts';
import { incoming, shopRecord } from '../testing/test-group.ts';

let harness: BatchHarness;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(() => harness.reset());

describe('a record that cannot be read', () => {
  const good = (): IncomingRecord => harness.record(shopRecord('e0'));
  const cases: readonly [string, string, () => IncomingRecord][] = [
    ['bytes that are no Avro', 'decode_failed', () => ({ ...good(), value: Buffer.from([0, 0, 0, 0, 1, 255, 254]) })],
    ['bytes without the wire format', 'decode_failed', () => ({ ...good(), value: Buffer.from('{"json":true}') })],
    ['an unknown schema id', 'schema_unknown', () => ({ ...good(), value: Buffer.from([0, 0, 0, 9, 9, 1]) })],
    ['no value', 'decode_failed', () => ({ ...good(), value: null })],
    ['no headers', 'decode_failed', () => ({ ...good(), headers: {} })],
    [
      'a ce_id that differs from the record',
      'decode_failed',
      () => withHeader(good(), 'ce_id', `evt_${'0'.repeat(32)}`),
    ],
    [
      'a ce_source that names another tenant',
      'decode_failed',
      () => withHeader(good(), 'ce_source', '/tenants/tnt_b/sources/src_test'),
    ],
    ['a tenant that is none', 'decode_failed', () => harness.record(shopRecord('e0', { tenantId: 'tnt_a,tnt_b' }))],
  ];

  it.each(cases)('(%s) is dead-lettered byte for byte as %s, and its neighbours are not', async (_, code, bad) => {
    const poison = bad();

    await harness.run([harness.record(shopRecord('e1')), poison, harness.record(shopRecord('e2'))]);

    expect(await harness.effects()).toEqual(['e1', 'e2']);
    expect(harness.publisher.published).toMatchObject([
      {
        topic: 'shop.dlt',
        key: poison.key,
        headers: { ...poison.headers, 'x-exception-code': code, 'x-failure-kind': 'poison', 'x-retry-attempt': '0' },
      },
    ]);
    expect(harness.publisher.published[0]?.value).toEqual(poison.value);
  });

  it('because it does not say where it comes from is dead-lettered from a retry topic', async () => {
    const lost = { ...harness.record(shopRecord('e0')), topic: 'shop.retry.10s' };

    await harness.run([lost], 'retry');

    expect(harness.publisher.published).toMatchObject([{ topic: 'shop.dlt', headers: { 'x-failure-kind': 'poison' } }]);
    expect(await harness.effects()).toEqual([]);
  });

  it('because the registry is away waits for it', async () => {
    const other = harness.record(shopRecord('e0'));
    other.value?.writeUInt32BE(9, 1);
    harness.registry.reachable = false;

    const running = harness.run([other]);
    await expect.poll(() => harness.context.pause.reason()).toContain('dependency_unavailable');
    harness.registry.reachable = true;
    await running;

    // It was asked at last, and does not know the id.
    expect(harness.publisher.published).toMatchObject([{ headers: { 'x-exception-code': 'schema_unknown' } }]);
  });
});

describe('an old event', () => {
  const aged = (ms: number): IncomingRecord => ({ ...harness.record(shopRecord('e0')), timestampMs: Date.now() - ms });

  it('is applied until 38 days after its first append', async () => {
    await harness.run([aged(newestApplicableAgeMs - 60_000)]);

    expect(newestApplicableAgeMs / 86_400_000).toBe(38);
    expect(await harness.effects()).toEqual(['e0']);
  });

  it('is dead-lettered as exhausted after that, without a run', async () => {
    await harness.run([aged(newestApplicableAgeMs + 1)]);

    expect(await harness.effects()).toEqual([]);
    expect(harness.publisher.published).toMatchObject([
      {
        topic: 'shop.dlt',
        headers: { 'x-exception-code': 'too_old', 'x-failure-kind': 'exhausted', 'x-retry-attempt': '0' },
      },
    ]);
  });

  it('stays old on a redrive topic, where the broker appended it a moment ago', async () => {
    await harness.run([aged(newestApplicableAgeMs + 1)]);

    await harness.run(
      harness.publisher.published.splice(0).map((copy) => incoming({ ...copy, topic: 'shop.redrive' })),
      'redrive',
    );

    expect(await harness.effects()).toEqual([]);
    expect(harness.publisher.published).toMatchObject([{ topic: 'shop.dlt' }]);
  });
});

function withHeader(source: IncomingRecord, name: string, value: string): IncomingRecord {
  return { ...source, headers: { ...source.headers, [name]: value } };
}

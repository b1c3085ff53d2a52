import type { EventId, RecordId } from '@trunkline/core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type BatchHarness, fail, openBatchHarness } from '../testing/batch-harness.ts';
import { shopRecord } from '../testing/test-group.ts';

let harness: BatchHarness;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(() => harness.reset());

describe('the first filter', () => {
  it('spares what it has seen a transaction, and remembers only what is committed and news to it', async () => {
    const remembered: RecordId[] = [];
    const seen = shopRecord('e0');
    harness.context = {
      ...harness.context,
      firstFilter: {
        seen: () => Promise.resolve(new Set([seen.metadata.eventId as EventId])),
        remember: (ids) => Promise.resolve(void remembered.push(...ids)),
      },
    };
    harness.shop.misbehave('e2', fail('business_rejected'));
    const applied = shopRecord('e1');

    await harness.run([seen, applied, shopRecord('e2')]);

    expect(await harness.effects()).toEqual(['e1']);
    expect(remembered).toEqual([applied.metadata.eventId]);
  });
});

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createInboxPruning } from './inbox-pruning.ts';
import { type BatchHarness, openBatchHarness } from './testing/batch-harness.ts';
import { shopRecord } from './testing/test-group.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let harness: BatchHarness;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());

describe('the inbox', () => {
  it('is pruned as soon as a process starts: it may not live until the next time', async () => {
    await harness.run([shopRecord('old'), shopRecord('new')]);
    await harness.test.admin(`UPDATE shop.inbox SET processed_at = now() - interval '46 days'
      WHERE event_id = (SELECT right(event_id, 32)::uuid FROM shop.effect WHERE entity_id = 'old')`);
    const pruning = createInboxPruning({
      database: harness.context.database,
      clock: () => Date.now(),
      log,
      everyMs: 3_600_000,
    });

    pruning.start();

    await expect.poll(() => harness.test.admin('SELECT 1 FROM shop.inbox')).toHaveLength(1);
    await pruning.stop();
  });
});

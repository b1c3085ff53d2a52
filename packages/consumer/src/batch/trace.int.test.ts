import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type BatchHarness, fail, openBatchHarness } from '../testing/batch-harness.ts';
import { type RecordedSpan, recordSpans } from '../testing/span-recorder.ts';
import { incoming, published, shopRecord, topic } from '../testing/test-group.ts';

let harness: BatchHarness;
beforeAll(async () => {
  harness = await openBatchHarness(inject('stack').postgresAdminUrl);
});
afterAll(() => harness.close());
beforeEach(() => harness.reset());

describe('the trace', () => {
  const request = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  let recorder: ReturnType<typeof recordSpans>;
  beforeEach(() => {
    recorder = recordSpans();
  });
  afterEach(() => recorder.uninstall());
  const named = (prefix: string): readonly RecordedSpan[] =>
    recorder.spans.filter(({ name }) => name.startsWith(prefix));

  it('of one event is one tree from the request to the row', async () => {
    await harness.run([incoming(published(harness.codec, shopRecord('e0'), request))]);

    const [processing] = named('process ');
    const [transaction] = named('batch ');
    expect(processing).toMatchObject({ name: `process ${topic}`, parentSpanId: 'b'.repeat(16), isEnded: true });
    expect(transaction).toMatchObject({ name: 'batch shop', parentSpanId: processing?.context.spanId, isEnded: true });
    expect(await harness.test.admin('SELECT trace_id FROM shop.inbox')).toEqual([{ trace_id: 'a'.repeat(32) }]);
  });

  it('of many events links each to the one transaction they share', async () => {
    const other = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;

    await harness.run([
      incoming(published(harness.codec, shopRecord('e0'), request)),
      incoming(published(harness.codec, shopRecord('e1'), other)),
    ]);

    const processing = named('process ');
    const [transaction, ...more] = named('batch ');
    expect(more).toEqual([]);
    expect(transaction?.parentSpanId).toBeUndefined();
    expect(transaction?.links.map((link) => link.context.spanId)).toEqual(
      processing.map((span) => span.context.spanId),
    );
    for (const span of processing)
      expect(span.links.map((link) => link.context.spanId)).toContain(transaction?.context.spanId);
    expect(await harness.test.admin('SELECT trace_id FROM shop.inbox ORDER BY 1')).toEqual([
      { trace_id: 'a'.repeat(32) },
      { trace_id: 'c'.repeat(32) },
    ]);
  });

  it('goes on in the copy of a failed attempt, as its child', async () => {
    harness.shop.misbehave('e0', fail('unknown'));

    await harness.run([incoming(published(harness.codec, shopRecord('e0'), request))]);

    expect(harness.publisher.activeSpanIds).toEqual(named('process ').map((span) => span.context.spanId));
  });
});

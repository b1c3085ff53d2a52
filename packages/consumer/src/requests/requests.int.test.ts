import { type EventId, uuidOf } from '@trunkline/core';
import { headerName, letterId, readableRecordId, requestId } from '@trunkline/events';
import { createTestService } from '@trunkline/postgres/testing';
import { afterAll, describe, expect, inject, it } from 'vitest';

import { applyEvents } from '../batch/apply.ts';
import { type ConsumedEvent, defineHandler, type EventHandler } from '../handler.ts';
import { describeHandler } from '../testing/describe-handler.ts';
import { applicable, recordsAbout } from '../testing/records.ts';
import { suiteDatabase } from '../testing/suite-database.ts';
import { askedRequests, testNowMs, testOffers } from '../testing/test-offers.ts';

const { postgresAdminUrl: adminUrl } = inject('stack');
const service = await createTestService('desk', {});
afterAll(() => service.remove());
const { requests } = await testOffers('desk');

/** Asks that a failed refund be told. */
const refundFailed: EventHandler<'payments.refund.v1'> = {
  name: 'refund_failed',
  topic: 'payments.refund.v1',
  types: ['payments.refund.created', 'payments.refund.failed'],
  async handle(event, tx) {
    if (event.type !== 'payments.refund.failed') return 'applied';
    const { entityId } = event.record.metadata;
    const wish = {
      topic: 'notifications.request.v1',
      type: 'notifications.request.send',
      event,
      handler: 'refund_failed',
    } as const;
    await requests.add(tx, [
      { ...wish, qualifier: 'sms', payload: { recipientId: 'per_ada', channel: 'sms', aboutId: entityId } },
      { ...wish, qualifier: 'mail', payload: { recipientAddress: 'ada@acme.example', text: textOf(event) } },
    ]);
    return 'applied';
  },
};

/** A refund of the id `long` is told at more length than a topic takes. */
function textOf({ record }: ConsumedEvent<'payments.refund.v1'>): string {
  return record.metadata.entityId === 'long' ? 'x'.repeat(1024 * 1024) : 'failed';
}

const refund = recordsAbout('payments.refund.v1', 're_1');
const failed = refund('failed', 2_000, { status: 'failed' });

describeHandler({
  handler: refundFailed,
  service,
  adminUrl,
  history: [refund('created', 1_000, { status: 'created' }), failed],
  state: () => Promise.resolve(undefined),
});

describe('what a handler asks for', () => {
  const suite = suiteDatabase({ adminUrl, service });
  const handler = defineHandler(refundFailed);
  const apply = (record: typeof failed, own: Partial<ConsumedEvent> = {}): Promise<unknown> => {
    const item = applicable(handler, record);
    return applyEvents(suite.database, [{ ...item, event: { ...item.event, ...own } as ConsumedEvent }], {
      deadlineMs: 60_000,
    });
  };

  it('stands in the outbox as the record that will be published', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const originTraceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const cause = failed.metadata.eventId as EventId;
    const id = requestId({ cause, handler: 'refund_failed', qualifier: 'sms' });

    await apply(failed, { trace: { traceparent, originTraceparent } });

    const asked = await askedRequests(suite.test, 'desk', ['tnt_a']);
    expect(asked).toHaveLength(2);
    expect(asked.find(({ key }) => key === 'tnt_a:per_ada')).toMatchObject({
      topic: 'notifications.request.v1',
      headers: {
        [headerName.id]: id,
        [headerName.source]: '/tenants/tnt_a/groups/desk',
        [headerName.partitionKey]: 'tnt_a:per_ada',
        [headerName.time]: new Date(testNowMs).toISOString(),
        [headerName.traceparent]: traceparent,
        [headerName.originTraceparent]: originTraceparent,
      },
      record: { metadata: { requestId: id, causedBy: cause, tenantId: 'tnt_a' }, channel: 'sms', text: null },
    });
    expect(await suite.test.admin('SELECT 1 FROM desk.outbox WHERE record_id = $1', [uuidOf(id)])).toHaveLength(1);
  });

  it('names nobody in its key where it goes to an address', async () => {
    await apply(failed);

    const keys = (await askedRequests(suite.test, 'desk', ['tnt_a'])).map(({ key }) => key);
    expect(keys).toContainEqual(expect.stringMatching(/^tnt_a:[0-9a-f]{64}$/));
    expect(keys.join()).not.toContain('ada@');
  });

  it('is refused, and the effect with it, where its topic would not take it', async () => {
    const long = recordsAbout('payments.refund.v1', 'long')('failed', 1_000, { status: 'failed' });

    await expect(apply(long)).rejects.toMatchObject({
      code: 'payload_malformed',
      message: expect.stringMatching(/notifications\.request\.v1 has \d+ bytes, the topic takes 1048576/),
    });
    expect(await askedRequests(suite.test, 'desk', ['tnt_a'])).toEqual([]);
    expect(await suite.test.admin('SELECT 1 FROM desk.inbox')).toEqual([]);
  });

  it('is a letter of its own id, should it come to that', async () => {
    await apply(failed);

    const [row] = await suite.test.admin<{ readonly value: Buffer; readonly headers: Record<string, string> }>(
      'SELECT value, headers FROM desk.outbox ORDER BY id LIMIT 1',
    );
    const recordId = readableRecordId(row?.headers ?? {}, row?.value ?? null);
    expect(recordId).toBe(row?.headers[headerName.id]);
    expect(recordId === undefined ? '' : letterId({ group: 'notifications', recordId })).toMatch(/^ltr_/);
  });
});

import { applyEvents, defineHandler, type RegisteredHandler } from '@trunkline/consumer';
import { applicable, askedRequests, testOffers } from '@trunkline/consumer/testing';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { coalescedMs } from '../sync/coalesce.ts';
import { type Change, googleChange, graphLifecycle, message } from '../testing/changes.ts';
import { service } from '../testing/service.ts';
import { changeHandler } from './change.ts';

let test: TestDatabase;
let database: Database;
let handler: RegisteredHandler;
let nowMs = 0;

beforeAll(async () => {
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  database = test.open();
  handler = defineHandler(changeHandler(await testOffers('calendar', { clock: () => nowMs })));
});
beforeEach(async () => {
  nowMs = Date.UTC(2026, 2, 2);
  await test.empty('calendar.inbox', 'calendar.outbox', 'calendar.sync_wish');
});
afterAll(() => test.drop());

describe('a message that says only that something changed', () => {
  it('asks that the calendar be read, under the key of its resource', async () => {
    const change = googleChange('res_1', 10);

    await apply(change);

    expect(await asked()).toMatchObject([
      {
        topic: 'calendar.sync_request.v1',
        key: 'tnt_a:src_calendar:res_1',
        record: {
          metadata: { type: 'calendar.sync_request.sync', tenantId: 'tnt_a', causedBy: change.metadata.eventId },
          sourceId: 'src_calendar',
          provider: 'google_calendar',
          deliveryId: change.metadata.deliveryId,
          channelId: 'chn_1',
          resourceId: 'res_1',
          messageNumber: 10,
          reason: 'changed',
          isFull: false,
        },
      },
    ]);
  });

  it('asks once however often it comes, and once with others of its resource within two seconds', async () => {
    await apply(googleChange('res_1', 10));
    await apply(googleChange('res_1', 10), googleChange('res_1', 11), googleChange('res_2', 12));
    nowMs += coalescedMs;
    await apply(googleChange('res_1', 10), googleChange('res_1', 13));

    const numbers = (await asked()).map(({ record }) => 'messageNumber' in record && record.messageNumber);
    expect(new Set(numbers)).toEqual(new Set([10, 12, 13]));
    expect(numbers).toHaveLength(3);
  });

  it('of Graph asks for the reason that its lifecycle gives', async () => {
    await apply(graphLifecycle('missed'), graphLifecycle('subscriptionRemoved'));

    const reasons = (await asked()).map(({ record }) => 'reason' in record && record.reason);
    expect(new Set(reasons)).toEqual(new Set(['missed', 'removed']));
  });

  it('of anything else is handled and asks for nothing, however large it is', async () => {
    const large = message('stripe', { originalType: 'charge.updated', body: Buffer.alloc(8 * 1024 * 1024, 'x') });

    const outcomes = await apply(large, message('microsoft_graph', { originalType: 'message.created' }));

    expect(outcomes).toEqual(['applied', 'applied']);
    expect(await asked()).toEqual([]);
  });
});

const asked = (): ReturnType<typeof askedRequests> => askedRequests(test, 'calendar', ['tnt_a']);

async function apply(...changes: readonly Change[]): Promise<readonly string[]> {
  const outcomes = await applyEvents(
    database,
    changes.map((change) => applicable(handler, change)),
    { deadlineMs: 60_000 },
  );
  return [...outcomes.values()];
}

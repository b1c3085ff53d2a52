import { type Applicable, applyEvents, defineHandler } from '@trunkline/consumer';
import { applicable, recordsAbout } from '@trunkline/consumer/testing';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { emptyDirectory } from '@trunkline/sources/directory';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';

import { contactHandler } from '../handlers/contact.ts';
import { testOffers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';
import { touchHandler } from './touch-handler.ts';
import { callTouch, checkoutTouch, paymentTouch, refundTouch } from './touches.ts';

const offers = { ...testOffers, directory: emptyDirectory };
const contacts = defineHandler(contactHandler(testOffers));
const calls = defineHandler(touchHandler(callTouch, offers));
const checkouts = defineHandler(touchHandler(checkoutTouch, offers));
const payments = defineHandler(touchHandler(paymentTouch, offers));
const refunds = defineHandler(touchHandler(refundTouch, offers));

const phone = '+4915112345678';
const email = 'wilhelmina@example.com';
const own = '+15005550006';

const contact = recordsAbout('crm.contact.v1', '1');
const other = recordsAbout('crm.contact.v1', '2');
const call = recordsAbout('telephony.call.v1', 'CA1');
const theirs = recordsAbout('telephony.call.v1', 'CA2');
const checkout = recordsAbout('payments.checkout.v1', 'cs_1');
const payment = recordsAbout('payments.payment.v1', 'pi_1');
const refund = recordsAbout('payments.refund.v1', 're_1');

const history: readonly Applicable[] = [
  applicable(calls, call('initiated', 1_000, { direction: 'inbound', fromAddress: phone, toAddress: own })),
  applicable(calls, call('completed', 2_000, { status: 'completed', outcome: 'no_answer' })),
  applicable(
    calls,
    theirs('initiated', 1_500, { direction: 'inbound', fromAddress: '+4915187654321', toAddress: own }),
  ),
  applicable(
    payments,
    payment('succeeded', 4_000, { status: 'succeeded', amount: 500, currency: 'EUR', customerId: 'cus_1' }),
  ),
  applicable(
    refunds,
    refund('succeeded', 5_000, { status: 'succeeded', amount: 200, currency: 'EUR', paymentId: 'pi_1' }),
  ),
  applicable(
    checkouts,
    checkout('completed', 3_500, { status: 'completed', customerId: 'cus_1', customerEmail: email }),
  ),
  applicable(contacts, contact('created', 90_000, { isDeleted: false, email })),
  applicable(contacts, contact('updated', 91_000, { phone })),
  applicable(contacts, other('created', 92_000, { isDeleted: false, phone: '+4915187654321' })),
];

let test: TestDatabase;
let opened: TestDatabase | undefined;
let database: Database;
beforeAll(async () => {
  opened = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  test = opened;
  database = test.open();
});
afterAll(() => opened?.drop());
afterEach(empty);

describe('the timeline of a person', () => {
  it('is what happened at its addresses, to its customers and to their payments, whatever came first', async () => {
    const orders = fc.record({
      order: fc.shuffledSubarray([...history], { minLength: history.length }),
      batch: fc.integer({ min: 1, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(orders, async ({ order, batch }) => {
        await empty();
        for (let start = 0; start < order.length; start += batch) await apply(order.slice(start, start + batch));

        expect(await timelineOf('1')).toEqual([
          { what: 'refund', entity_id: 're_1', status: 'succeeded', at: 5_000 },
          { what: 'payment', entity_id: 'pi_1', status: 'succeeded', at: 4_000 },
          { what: 'checkout', entity_id: 'cs_1', status: 'completed', at: 3_500 },
          { what: 'call', entity_id: 'CA1', status: 'no_answer', at: 1_000 },
        ]);
        expect(await timelineOf('2')).toMatchObject([{ what: 'call', entity_id: 'CA2' }]);
      }),
    );
  }, 240_000);

  it('is read page by page, each going on where the one before ended', async () => {
    await apply(history);
    const first = await timelineOf('1', { limit: 2 });
    const last = first.at(-1);
    const second = await timelineOf('1', { limit: 2, before: [last?.at ?? 0, last?.entity_id ?? '', 'payment'] });

    expect([...first, ...second].map(({ entity_id: id }) => id)).toEqual(['re_1', 'pi_1', 'cs_1', 'CA1']);
  });

  it('shows nobody what happened before the contact was erased, and shows the person who comes back what is new', async () => {
    await apply(history);
    await apply([
      applicable(contacts, contact('deleted', 95_000, { isDeleted: true, deletionReason: 'privacy' })),
      applicable(contacts, recordsAbout('crm.contact.v1', '3')('created', 96_000, { isDeleted: false, phone })),
      applicable(calls, recordsAbout('telephony.call.v1', 'CA3')('initiated', 97_000, { fromAddress: phone })),
    ]);

    expect((await timelineOf('3')).map(({ entity_id: id }) => id)).toEqual(['CA3']);
  });

  it('shows another tenant nothing', async () => {
    await apply(history);

    const rows = await database.transaction(['tnt_b'], (tx) =>
      tx.query(pageSql, ['tnt_a', '1', 'infinity', ['', '', '', ''], 50]),
    );

    expect(rows).toEqual([]);
  });
});

interface Shown {
  readonly what: string;
  readonly entity_id: string;
  readonly status: string | null;
  readonly at: number;
}

const pageSql = `
SELECT t.what, t.entity_id, t.status, (extract(epoch FROM t.happened_at) * 1000)::float8 AS at
FROM crm.contact_person c, crm.timeline($1, c.person_id, $3::timestamptz, $4::text[], $5) t
WHERE c.tenant_id = $1 AND c.entity_id = $2`;

async function timelineOf(
  entityId: string,
  {
    limit = 50,
    before,
  }: { readonly limit?: number; readonly before?: readonly [at: number, id: string, kind: string] } = {},
): Promise<readonly Shown[]> {
  const [at, id, kind] = before ?? [undefined, '', ''];
  const from = at === undefined ? 'infinity' : new Date(at).toISOString();
  return await database.transaction(['tnt_a'], (tx) =>
    tx.query<Shown>(pageSql, ['tnt_a', entityId, from, ['stripe', 'acct_1.live', kind, id], limit]),
  );
}

async function apply(items: readonly Applicable[]): Promise<void> {
  await applyEvents(database, items, { deadlineMs: 60_000 });
}

async function empty(): Promise<void> {
  const tables = await test.admin<{ readonly name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'crm'`,
  );
  await test.empty(...tables.map(({ name }) => name));
}

import { applyEvents, defineHandler } from '@trunkline/consumer';
import { applicable, ofTenant } from '@trunkline/consumer/testing';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { emptyDirectory } from '@trunkline/sources/directory';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { bookingHandler } from '../handlers/booking.ts';
import { booked, type Booking, booking, move } from '../testing/bookings.ts';
import { directory } from '../testing/directory.ts';
import { offers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  database = test.open();
});
beforeEach(() => test.empty('calendar.booking', 'calendar.booking_link', 'calendar.inbox'));
afterAll(() => test.drop());

const hosted = booked('a', 1_000, { hostEmail: ' Ada@ACME.example' });

describe('the phone of a booking', () => {
  it.each<readonly [whose: string, phone: string | null, events: readonly Booking[]]>([
    ['that of its host, however the address is written', 'phn_ada', [hosted]],
    [
      'that of its source where the host is nobody of ours',
      'phn_front',
      [booked('a', 1_000, { hostEmail: 'b@c.example' })],
    ],
    ['that of its source where no host is known', 'phn_front', [booked('a', 1_000)]],
    [
      'that of its host as soon as that is known',
      'phn_ada',
      [booking('a')('no_show', 2_000, { noShow: true }), hosted],
    ],
    ['still that of its host when another event says nothing of it', 'phn_ada', [hosted, move('a', 'b', 2_000).left]],
    [
      'that of its newest host, whichever event comes last',
      'phn_front',
      [booked('a', 5_000, { hostEmail: 'b@c.example' }), hosted],
    ],
  ])('is %s', async (_, phone, events) => {
    for (const event of events) await apply([event]);
    const oneByOne = await phones();
    await test.empty('calendar.booking', 'calendar.booking_link', 'calendar.inbox');
    await apply(events);

    expect(oneByOne).toEqual({ a: phone });
    expect(await phones()).toEqual({ a: phone });
  });

  it('is none where the directory has none, and nothing of another tenant', async () => {
    await apply([ofTenant<'calendar.booking.v1'>(hosted, 'tnt_b')]);

    expect(await phones('tnt_b')).toEqual({ a: null });
  });

  it('stays what it was when the directory knows none any more', async () => {
    await apply([hosted]);

    await apply([move('a', 'b', 2_000).left], emptyDirectory);

    expect(await phones()).toEqual({ a: 'phn_ada' });
  });
});

async function apply(events: readonly Booking[], from = directory): Promise<void> {
  const handler = defineHandler(bookingHandler({ ...offers, directory: from }));
  await applyEvents(
    database,
    events.map((event) => applicable(handler, event)),
    { deadlineMs: 60_000 },
  );
}

async function phones(tenant = 'tnt_a'): Promise<unknown> {
  const rows = await database.transaction([tenant], (tx) =>
    tx.query<{ readonly entity_id: string; readonly phone_id: string | null }>(
      'SELECT entity_id, phone_id FROM calendar.booking ORDER BY entity_id',
    ),
  );
  return Object.fromEntries(rows.map((row) => [row.entity_id, row.phone_id]));
}

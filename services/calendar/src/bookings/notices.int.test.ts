import { applyEvents, defineHandler, type Notice } from '@trunkline/consumer';
import { applicable, askedRequests, ofTenant, testOffers } from '@trunkline/consumer/testing';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase, waitingForLocks } from '@trunkline/postgres/testing';
import { emptyDirectory } from '@trunkline/sources/directory';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';

import { bookingHandler } from '../handlers/booking.ts';
import { booked, type Booking, booking, canceled, move, nextTenant } from '../testing/bookings.ts';
import { chains } from '../testing/chains.ts';
import { nowMs, offers, offersOfAnyTenant } from '../testing/offers.ts';
import { service } from '../testing/service.ts';

/** Hundreds of transactions, on a machine that does other things. */
const propertyLimitMs = 180_000;

let test: TestDatabase;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase({ adminUrl: inject('stack').postgresAdminUrl, services: [service] });
  database = test.open();
});
beforeEach(() => empty());
afterAll(() => test.drop());

const empty = (): Promise<unknown> =>
  test.empty(
    'calendar.booking',
    'calendar.booking_link',
    'calendar.notice',
    'calendar.outbox',
    'calendar.inbox',
    'calendar.party_address',
  );

describe('the owners of a phone', () => {
  it('are told once of a move, whichever half comes first, and never that it was called off', async () => {
    const { left, took } = move('a', 'b', 2_000);

    for (const order of [
      [left, took],
      [took, left],
    ]) {
      await empty();
      for (const half of order) await apply([half]);

      expect(await told()).toEqual(['booking_moved b']);
    }
  });

  it('are told of a move by its second half when the first concerned nobody', async () => {
    const { left, took } = move('a', 'b', 2_000);

    await apply([left], { ...offers, directory: emptyDirectory });
    const before = await told();
    await apply([took]);

    expect(before).toEqual([]);
    expect(await told()).toEqual(['booking_moved b']);
  });

  it('are told of a move with whom it may name: the people of both bookings', async () => {
    const real = await testOffers('calendar', { directory: offers.directory, clock: () => nowMs });
    const { left } = move('a', 'b', 2_000);

    await apply([booked('a', 1_000, { inviteeEmail: 'ida@example.com' })]);
    await apply([booked('b', 2_001, { replaces: 'a', inviteeEmail: 'ben@example.com' }), left], real);

    const [asked] = await askedRequests(test, 'calendar', ['tnt_a']);
    const digests = ['ida@example.com', 'ben@example.com'].map((email) => real.digest('tnt_a', email).toString('hex'));
    expect(asked?.record).toMatchObject({ template: 'booking_moved', aboutDigests: digests.toSorted() });
  });

  it('are told that nobody came, and that this is taken back only where they were told', async () => {
    const [noShow, cleared] = [
      booking('a')('no_show', 2_000, { noShow: true }),
      booking('a')('no_show_cleared', 3_000, { noShow: false }),
    ];

    await apply([cleared]);
    const untold = await told();
    await empty();
    await apply([noShow]);
    await apply([cleared]);

    expect(untold).toEqual([]);
    expect(await told()).toEqual(['no_show a', 'no_show_cleared a']);
  });

  it('are not told of a meeting that has begun, but of who did not come to it', async () => {
    const startsAt = nowMs - 1;

    await apply([booked('a', 1_000, { startsAt }), canceled('b', 1_000, { startsAt })]);
    await apply([booking('a')('no_show', 2_000, { noShow: true })]);

    expect(await told()).toEqual(['no_show a']);
  });

  it('are told of the first two events of a booking, which two transactions apply at once, as of one after the other', async () => {
    const handler = defineHandler(bookingHandler(offers));
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const first = applicable(handler, booked('a', 1_000, { startsAt: 500_000 })).event;
    const working = database.transaction(['tnt_a'], async (tx) => {
      await handler.run([first], tx);
      entered.resolve();
      await release.promise;
    });
    await entered.promise;

    const second = apply([booked('a', 2_000, { startsAt: 600_000 })]);
    await vi.waitFor(async () => expect(await waitingForLocks(test)).toBe(1), { timeout: 60_000 });
    release.resolve();
    await Promise.all([working, second]);

    expect(await told()).toEqual(['booking_created a', 'booking_moved a']);
  });

  it(
    'are told in any order, batches and repetitions of a chain of moves: the last one for sure, none as a cancellation',
    async () => {
      await fc.assert(
        fc.asyncProperty(chains, async ({ length, isCanceled, events: history, size }) => {
          const tenant = nextTenant();
          const events = history.map((event) => ofTenant<'calendar.booking.v1'>(event, tenant));
          for (let start = 0; start < events.length; start += size) {
            // The last one once more: it may have been done already.
            await apply(events.slice(Math.max(start - 1, 0), start + size), offersOfAnyTenant);
          }

          const names = await told(tenant);

          const last = `b${length}`;
          expect(names.filter((name) => name.startsWith('booking_canceled'))).toEqual(
            isCanceled ? [`booking_canceled ${last}`] : [],
          );
          expect(names.filter((name) => /^booking_created b[1-9]/.test(name))).toEqual([]);
          expect(names).toContain(isCanceled ? `booking_canceled ${last}` : `booking_moved ${last}`);
        }),
      );
    },
    propertyLimitMs,
  );
});

describe('a notice of a move', () => {
  const times = { startsAt: 500_000, endsAt: 560_000 };

  it('has the times of the new booking where they are known, and those of the old one', async () => {
    const took = booked('b', 2_001, { replaces: 'a', ...times, title: 'Call', inviteeName: 'Ida' });
    await apply([booked('a', 1_000, { startsAt: 300_000 })]);

    const [notice] = await asked([took]);

    expect(notice).toMatchObject({
      template: 'booking_moved',
      subject: 'stripe/acct_1.live/booking/b',
      phoneId: 'phn_front',
      notAfterMs: times.startsAt,
      parameters: {
        startsAt: new Date(times.startsAt).toISOString(),
        endsAt: new Date(times.endsAt).toISOString(),
        wasAt: new Date(300_000).toISOString(),
        title: 'Call',
        invitee: 'Ida',
      },
    });
  });

  it('says only that the old one was moved while nothing else is known', async () => {
    const [notice] = await asked([move('a', 'b', 2_000).left]);

    expect(notice).toMatchObject({
      subject: 'stripe/acct_1.live/booking/b',
      parameters: { startsAt: null, endsAt: null, wasAt: null, title: null },
    });
  });
});

async function apply(events: readonly Booking[], from = offers): Promise<void> {
  const handler = defineHandler(bookingHandler(from));
  await applyEvents(
    database,
    events.map((event) => applicable(handler, event)),
    { deadlineMs: 60_000 },
  );
}

/** What the handler asks its notices for. */
async function asked(events: readonly Booking[]): Promise<readonly Notice[]> {
  const notices: Notice[] = [];
  const ask = async (_: unknown, given: readonly Notice[]): Promise<void> => {
    await Promise.resolve();
    notices.push(...given);
  };
  await apply(events, { ...offers, notices: { ask } });
  return notices;
}

/** The templates and bookings that have been told, in the order of their names. */
async function told(tenant = 'tnt_a'): Promise<readonly string[]> {
  const rows = await database.transaction([tenant], (tx) =>
    tx.query<{ readonly name: string }>(
      `SELECT template || ' ' || split_part(subject, '/', 4) AS name FROM calendar.notice ORDER BY name`,
    ),
  );
  return rows.map(({ name }) => name);
}

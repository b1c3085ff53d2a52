import { applyEvents, defineHandler } from '@trunkline/consumer';
import { applicable, ofTenant } from '@trunkline/consumer/testing';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { bookingHandler } from '../handlers/booking.ts';
import { booked, type Booking, canceled, move, nextTenant } from '../testing/bookings.ts';
import { offers } from '../testing/offers.ts';
import { service } from '../testing/service.ts';

const handler = defineHandler(bookingHandler(offers));
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
  test.empty('calendar.booking', 'calendar.booking_link', 'calendar.notice', 'calendar.inbox');

describe('a chain of moved bookings', () => {
  it('ends at the same booking from each of its members, whichever half of each move came first', async () => {
    const [first, second] = [move('a', 'b', 2_000), move('b', 'c', 3_000)];
    const halves = [booked('a', 1_000), first.left, first.took, second.took, second.left];

    for (const order of [halves, halves.toReversed(), [first.took, second.left], [first.left, second.took]]) {
      await empty();
      await apply(order);

      const ends = await currentOf('tnt_a');
      expect(new Set([...ends.values()].map(({ current_id }) => current_id))).toEqual(new Set(['c']));
    }
  });

  it('has the state of its last booking, which may be called off, and none before that is told', async () => {
    const { left, took } = move('a', 'b', 2_000);

    await apply([left]);
    const beforeHalf = (await currentOf('tnt_a')).get('a');
    await apply([took, canceled('b', 3_000)]);
    const afterwards = (await currentOf('tnt_a')).get('a');

    expect(beforeHalf).toMatchObject({ current_id: 'b', status: null, moves: 1, ends: 'end' });
    expect(afterwards).toMatchObject({ current_id: 'b', status: 'canceled', moves: 1, ends: 'end' });
  });

  it('that closes to a circle ends at its newest booking, and says so', async () => {
    const moves = [move('a', 'b', 2_000), move('b', 'c', 3_000), move('c', 'a', 4_000)];

    await apply(moves.flatMap(({ left, took }) => [left, took]));

    const ends = [...(await currentOf('tnt_a')).values()];
    expect(ends).toEqual(ends.map(() => expect.objectContaining({ current_id: 'a', ends: 'circle' })));
  });

  it('is followed for fifty moves, and says where it is cut', async () => {
    const ids = Array.from({ length: 53 }, (_, index) => `b${index}`);
    const moves = ids.slice(1).map((id, index) => move(`b${index}`, id, 2_000 + index));

    await apply(moves.flatMap(({ left, took }) => [left, took]));

    const ends = await currentOf('tnt_a');
    expect(ends.get('b2')).toMatchObject({ current_id: 'b52', moves: 50, ends: 'end' });
    expect(ends.get('b1')).toMatchObject({ current_id: 'b51', moves: 50, ends: 'cut' });
  });

  it('does not go on in the bookings of another tenant, account or kind', async () => {
    const { left, took } = move('a', 'b', 2_000);

    await apply([
      left,
      ofTenant<'calendar.booking.v1'>(took, 'tnt_b'),
      ofTenant<'calendar.booking.v1'>(move('b', 'c', 3_000).left, 'tnt_b'),
    ]);

    expect((await currentOf('tnt_a')).get('a')).toMatchObject({ current_id: 'b' });
    expect((await currentOf('tnt_b')).get('b')).toMatchObject({ current_id: 'c' });
  });

  it(
    'is what the moves and states say, whatever came in which order, how often and in which batches',
    async () => {
      await fc.assert(
        fc.asyncProperty(histories, async ({ events: history, size }) => {
          const tenant = nextTenant();
          const events = history.map((event) => ofTenant<'calendar.booking.v1'>(event, tenant));
          for (let start = 0; start < events.length; start += size) await apply(events.slice(start, start + size));

          const ends = await currentOf(tenant);

          expect(new Map([...ends].map(([id, { current_id, ends: how }]) => [id, [current_id, how]]))).toEqual(
            modelOf(events),
          );
        }),
      );
    },
    propertyLimitMs,
  );
});

interface Current {
  readonly entity_id: string;
  readonly current_id: string;
  readonly moves: number;
  readonly ends: string;
  readonly status: string | null;
}

async function currentOf(tenant: string): Promise<ReadonlyMap<string, Current>> {
  const rows = await database.transaction([tenant], (tx) =>
    tx.query<Current>('SELECT * FROM calendar.booking_current'),
  );
  return new Map(rows.map((row) => [row.entity_id, row]));
}

async function apply(events: readonly Booking[]): Promise<void> {
  await applyEvents(
    database,
    events.map((event) => applicable(handler, event)),
    { deadlineMs: 60_000 },
  );
}

/** Moves between five bookings, trees and circles among them; each half as likely to be missing, late or told twice. */
const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const histories = fc
  .record({
    moves: fc.array(fc.tuple(ids, ids, fc.constantFrom('left', 'took', 'both')), { minLength: 1, maxLength: 6 }),
    called: fc.array(ids, { maxLength: 2 }),
  })
  .chain(({ moves, called }) => {
    const told = moves.flatMap(([oldId, newId, half], index) => {
      const { left, took } = move(oldId, newId, 1_000 * (index + 1));
      if (oldId === newId) return [];
      return half === 'both' ? [left, took] : half === 'left' ? [left] : [took];
    });
    const all = [...told, ...called.map((id, index) => canceled(id, 2_500 + 1_000 * index))];
    return fc.record({
      events: fc
        .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.shuffledSubarray(all))
        .map(([once, again]) => [...once, ...again]),
      size: fc.integer({ min: 1, max: 5 }),
    });
  });

/** From all that was told at once: what can be reached, and of that the ends, and of those the newest. */
function modelOf(events: readonly Booking[]): ReadonlyMap<string, readonly [string, string]> {
  const version = new Map<string, string>();
  const next = new Map<string, Set<string>>();
  for (const { metadata, replaces, replacedBy } of events) {
    const { entityId: id, entityVersion } = metadata;
    if (entityVersion > (version.get(id) ?? '')) version.set(id, entityVersion);
    for (const [from, to] of [
      [replaces, id],
      [id, replacedBy],
    ]) {
      if (typeof from === 'string' && typeof to === 'string') next.set(from, (next.get(from) ?? new Set()).add(to));
    }
  }
  const rank = (id: string): string => `${version.get(id) ?? ''} ${id}`;
  const newest = (of: readonly string[]): string => of.toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1))[0] ?? '';
  return new Map(
    [...version.keys()].map((id) => {
      const reached = new Set([id]);
      for (const one of reached) for (const other of next.get(one) ?? []) reached.add(other);
      const ends = [...reached].filter((one) => !next.has(one));
      return [id, ends.length > 0 ? [newest(ends), 'end'] : [newest([...reached]), 'circle']];
    }),
  );
}

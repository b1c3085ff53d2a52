import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { booked, type Booking, booking, canceled, consumed, move } from '../testing/bookings.ts';
import { chainOf, chains } from '../testing/chains.ts';
import { keyOf } from './keys.ts';
import { linksOf } from './links.ts';
import { advance, type Standing, unknownStanding } from './standing.ts';
import type { BookingTemplate } from './telling.ts';
import { tellings } from './tellings.ts';

describe('what is told of a booking', () => {
  it.each<readonly [what: string, events: readonly Booking[], told: readonly string[]]>([
    ['that it was made', [booked('a', 1_000)], ['booking_created a']],
    [
      'that somebody asks for it, and that it was made then',
      [booking('a')('requested', 1_000, { status: 'requested' }), booked('a', 2_000)],
      ['booking_requested a', 'booking_created a'],
    ],
    ['that it was called off', [booked('a', 1_000), canceled('a', 2_000)], ['booking_created a', 'booking_canceled a']],
    [
      'that it was called off, and not that it was made when that comes late',
      [canceled('a', 2_000), booked('a', 1_000)],
      ['booking_canceled a'],
    ],
    [
      'that its host does not want it',
      [booking('a')('rejected', 1_000, { status: 'rejected' })],
      ['booking_rejected a'],
    ],
    [
      'that its host asks for another time, as Calendly says it',
      [booked('a', 1_000), booking('a')('rescheduled', 2_000, { status: 'rescheduled', replacedBy: null })],
      ['booking_created a', 'booking_to_be_moved a'],
    ],
    [
      'that its host asks for another time, as Cal.com says it: it is not called off',
      [booked('a', 1_000), canceled('a', 2_000, { isRescheduleRequested: true })],
      ['booking_created a', 'booking_to_be_moved a'],
    ],
    [
      'that it was made again after it was called off, and called off again',
      [booked('a', 1_000), canceled('a', 2_000), booked('a', 3_000), canceled('a', 4_000)],
      ['booking_created a', 'booking_canceled a', 'booking_created a/3000', 'booking_canceled a/4000'],
    ],
    ['nothing when it is called off twice', [canceled('a', 2_000), canceled('a', 3_000)], ['booking_canceled a']],
    [
      'that it was moved and kept its id, as a seat does',
      [booked('a', 1_000, { startsAt: 50_000 }), booked('a', 2_000, { startsAt: 60_000 })],
      ['booking_created a', 'booking_moved a/2000'],
    ],
    [
      'that nobody came, and that this is taken back',
      [booking('a')('no_show', 2_000, { noShow: true }), booking('a')('no_show_cleared', 3_000, { noShow: false })],
      ['no_show a', 'no_show_cleared a'],
    ],
    [
      'nothing of a mark that was taken back before anybody heard of it',
      [booking('a')('no_show_cleared', 3_000, { noShow: false }), booking('a')('no_show', 2_000, { noShow: true })],
      [],
    ],
    ['nothing of payments and of meetings by the clock', [booking('a')('paid', 1_000, { isPaid: true })], []],
  ])('is %s', (_, events, told) => {
    expect(namesOf(events)).toEqual(told);
    expect(namesOf(events, events.length)).toEqual(told);
  });

  it('is one move for both of its halves, in either order', () => {
    const { left, took } = move('a', 'b', 2_000);

    expect(namesOf([left, took])).toEqual(['booking_moved b']);
    expect(namesOf([took, left])).toEqual(['booking_moved b']);
  });

  it('is no move to a booking that was called off, or moved on, before the move is heard of', () => {
    const { left } = move('a', 'b', 2_000);

    expect(namesOf([canceled('b', 5_000), left])).toEqual(['booking_canceled b']);
    expect(namesOf([move('b', 'c', 3_000).left, left])).toEqual(['booking_moved c']);
  });

  it('is no cancellation of a booking that another one took the place of', () => {
    const { left, took } = move('a', 'b', 2_000);

    expect(namesOf([took, canceled('a', 2_000)])).toEqual(['booking_moved b']);
    expect(namesOf([left, canceled('a', 9_000)])).toEqual(['booking_moved b']);
  });
});

describe('whatever order, batches and repetitions the events of a chain of moves come in', () => {
  it('each move is told at most once, the last one for sure, and none as a cancellation or as a new booking', () => {
    fc.assert(
      fc.property(chains, ({ length, isCanceled, events, size }) => {
        const told = namesOf(events, size);

        const last = `b${length}`;
        expect(told.filter((name) => name.startsWith('booking_canceled'))).toEqual(
          isCanceled ? [`booking_canceled ${last}`] : [],
        );
        expect(told.filter((name) => /^booking_created b[1-9]/.test(name))).toEqual([]);
        expect(told).toContain(isCanceled ? `booking_canceled ${last}` : `booking_moved ${last}`);
        expect(new Set(told).size).toBe(told.length);
      }),
      { numRuns: 500 },
    );
  });

  it('in their own order each move is told', () => {
    const chain = chainOf(3);

    expect(namesOf(chain)).toEqual(['booking_created b0', 'booking_moved b1', 'booking_moved b2', 'booking_moved b3']);
  });
});

/** What is told when the events come in batches of a size, as `template id` or `template id/occurrence`, each once. */
function namesOf(records: readonly Booking[], size = 1): readonly string[] {
  const names = new Set<string>();
  const seen: Booking[] = [];
  const told = new Map<string, Set<BookingTemplate>>();
  for (let start = 0; start < records.length; start += size) {
    const batch = records.slice(start, start + size);
    const standings = standingsAfter(seen);
    seen.push(...batch);
    const tellable = tellings(batch.map(consumed), {
      standings: [...standings].map(([bookingId, standing]) => ({ ...keyOfId(bookingId), standing })),
      links: seen.flatMap((record) => linksOf(consumed(record))),
      told: [...told].flatMap(([bookingId, templates]) =>
        [...templates].map((template) => ({ ...keyOfId(bookingId), template })),
      ),
    });
    for (const { template, bookingId, occurrence } of tellable) {
      names.add(`${template} ${bookingId}${occurrence === undefined ? '' : `/${occurrence}`}`);
      told.set(bookingId, (told.get(bookingId) ?? new Set()).add(template));
    }
  }
  return [...names];
}

function keyOfId(bookingId: string): ReturnType<typeof keyOf> {
  return { ...keyOf(consumed(booked('any', 1_000))), entityId: bookingId };
}

function standingsAfter(records: readonly Booking[]): ReadonlyMap<string, Standing> {
  const standings = new Map<string, Standing>();
  for (const record of records) {
    const { entityId } = record.metadata;
    standings.set(entityId, advance(standings.get(entityId) ?? unknownStanding, consumed(record)));
  }
  return standings;
}

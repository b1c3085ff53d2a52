import { type EntityKey, entityText } from '@trunkline/postgres';

import { keyOf } from './keys.ts';
import type { BookingEvent, BookingLink } from './links.ts';
import { advance, type Standing, unknownStanding } from './standing.ts';
import { type BookingTemplate, type Telling, tellingOf } from './telling.ts';

/** What was known before a batch, of its bookings and of those that they were moved from and to. */
export interface KnownBookings {
  readonly standings: readonly (EntityKey & { readonly standing: Standing })[];
  /** Those of the batch among them. */
  readonly links: readonly BookingLink[];
  readonly told: readonly (EntityKey & { readonly template: BookingTemplate })[];
}

/** What an event gives to tell, about a booking that need not be its own. */
export interface BookingTelling extends Telling {
  readonly event: BookingEvent;
  readonly about: EntityKey;
}

/** What the events give to tell, one after the other: as if each came alone, but that the moves are known beforehand. */
export function tellings(events: readonly BookingEvent[], known: KnownBookings): readonly BookingTelling[] {
  const standings = new Map(known.standings.map((one) => [entityText(one), one.standing]));
  const told = new Map<string, Set<BookingTemplate>>();
  const remember = (key: EntityKey, template: BookingTemplate): void => {
    const of = told.get(entityText(key));
    if (of === undefined) told.set(entityText(key), new Set([template]));
    else of.add(template);
  };
  for (const one of known.told) remember(one, one.template);
  const moves = movesOf(known.links);
  const standingOf = (key: EntityKey): Standing => standings.get(entityText(key)) ?? unknownStanding;

  const tellable: BookingTelling[] = [];
  for (const event of events) {
    const key = keyOf(event);
    const text = entityText(key);
    const before = standingOf(key);
    const telling = tellingOf(event, {
      before,
      movedTo: (moves.to.get(text) ?? []).map((bookingId) => ({
        bookingId,
        standing: standingOf({ ...key, entityId: bookingId }),
      })),
      isMoved: moves.from.has(text),
      told: told.get(text) ?? new Set(),
    });
    standings.set(text, advance(before, event));
    if (telling === undefined) continue;
    const about = { ...key, entityId: telling.bookingId };
    remember(about, telling.template);
    tellable.push({ ...telling, event, about });
  }
  return tellable;
}

interface Moves {
  /** The bookings that one was moved to. */
  readonly to: ReadonlyMap<string, readonly string[]>;
  /** The bookings that took another one's place. */
  readonly from: ReadonlySet<string>;
}

function movesOf(links: readonly BookingLink[]): Moves {
  const byOld = Map.groupBy(links, ({ oldId, ...rest }) => entityText({ ...rest, entityId: oldId }));
  return {
    to: new Map([...byOld].map(([text, ofOld]) => [text, ofOld.map(({ newId }) => newId)])),
    from: new Set(links.map(({ newId, ...rest }) => entityText({ ...rest, entityId: newId }))),
  };
}

import type { ConsumedEvent } from '@trunkline/consumer';
import { recordsAbout } from '@trunkline/consumer/testing';
import { isEventId } from '@trunkline/core';
import type { RecordOf } from '@trunkline/events';

export type Booking = RecordOf<'calendar.booking.v1'>;

/** Records about one booking of tnt_a, by what happened to it. */
export const booking = (id: string): ReturnType<typeof recordsAbout<'calendar.booking.v1'>> =>
  recordsAbout('calendar.booking.v1', id);

export function booked(id: string, at: number, stated: Partial<Booking> = {}): Booking {
  return booking(id)('confirmed', at, { status: 'confirmed', replaces: null, ...stated });
}

export function canceled(id: string, at: number, stated: Partial<Booking> = {}): Booking {
  return booking(id)('canceled', at, { status: 'canceled', ...stated });
}

/** Both halves of a move, as Calendly and Cal.com tell them: each names the other booking. */
export function move(oldId: string, newId: string, at: number): { readonly left: Booking; readonly took: Booking } {
  return {
    left: booking(oldId)('rescheduled', at, { status: 'rescheduled', replacedBy: newId }),
    took: booked(newId, at + 1, { replaces: oldId }),
  };
}

/** As a group hands it to its handler. */
export function consumed(record: Booking): ConsumedEvent<'calendar.booking.v1'> {
  const { eventId, type, receivedAt } = record.metadata;
  if (!isEventId(eventId)) throw new TypeError('a test record has an id that is none');
  // The type of a record of this topic is one of this topic's.
  return { record, eventId, type: type as never, key: '', firstAppendMs: receivedAt, attempt: 1, via: 'main' };
}

let tenants = 0;

/** A tenant of a property's next run: nothing has to be emptied between two runs. */
export function nextTenant(): string {
  tenants += 1;
  return `tnt_run${tenants}`;
}

import { type ExactJson, type ExactObject, isExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { usableId } from '../contract/usable-id.ts';
import { readList } from '../contract/values.ts';

/**
 * Whose booking a message is about. A booking with seats is one meeting that several people booked, each a seat of it:
 * the uid is that of the meeting then, and the seat is the booking. Everybody else's booking has a uid of its own.
 */
export interface Booker {
  /** The id of the seat; undefined for a booking without seats, and for what concerns all seats. */
  readonly seatId: string | undefined;
  /** The attendee who booked; undefined where the message does not tell which of several it is. */
  readonly attendee: ExactObject | undefined;
  /** How many attendees the booker brought; undefined for seats, where the others booked for themselves. */
  readonly guestCount: number | undefined;
}

export function bookerOf(booking: ExactObject, trigger: string): Booker {
  const attendees = (readList(booking['attendees']) ?? []).filter(isExactObject);
  const seatId = usableId(booking['attendeeSeatId']);
  if (seatId !== undefined) return { seatId, attendee: seated(attendees, seatId, trigger), guestCount: undefined };
  // Without seats the first attendee booked, and the others are guests.
  if (!hasSeats(booking)) {
    return {
      seatId,
      attendee: attendees[0],
      guestCount: Array.isArray(booking['attendees']) ? guests(attendees) : undefined,
    };
  }
  return { seatId, attendee: attendees.length === 1 ? attendees[0] : undefined, guestCount: undefined };
}

/** The seats that a message about all of a meeting names. */
export function seatsOf(booking: ExactObject): readonly string[] {
  if (usableId(booking['attendeeSeatId']) !== undefined) return [];
  const ids = (readList(booking['attendees']) ?? []).map((attendee) => seatIdOf(attendee));
  return [...new Set(ids.filter((id) => id !== undefined))];
}

function hasSeats(booking: ExactObject): boolean {
  const seats = booking['seatsPerTimeSlot'];
  return (seats !== undefined && seats !== null) || seatsOf(booking).length > 0;
}

/** Since March 2026 attendees name their seats. Before, a new one stands last, and of a canceled seat only its attendee is left. */
function seated(attendees: readonly ExactObject[], seatId: string, trigger: string): ExactObject | undefined {
  const named = attendees.find((attendee) => seatIdOf(attendee) === seatId);
  if (named !== undefined || attendees.length === 1) return named ?? attendees[0];
  return trigger === 'BOOKING_CREATED' || trigger === 'BOOKING_REQUESTED' ? attendees.at(-1) : undefined;
}

function seatIdOf(attendee: ExactJson): string | undefined {
  const seat = member(attendee, 'bookingSeat');
  return usableId(isExactObject(seat) ? seat['referenceUid'] : seat);
}

function guests(attendees: readonly ExactObject[]): number {
  return Math.max(attendees.length - 1, 0);
}

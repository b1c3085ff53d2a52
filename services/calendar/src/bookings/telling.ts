import type { BookingEvent } from './links.ts';
import { advance, type Standing } from './standing.ts';

/** What owners can be told of a booking, by the names of the texts. */
export const bookingTemplates = [
  'booking_requested',
  'booking_created',
  'booking_moved',
  'booking_to_be_moved',
  'booking_canceled',
  'booking_rejected',
  'no_show',
  'no_show_cleared',
] as const;

export type BookingTemplate = (typeof bookingTemplates)[number];

/** That owners be told something of a booking, once. */
export interface Telling {
  readonly template: BookingTemplate;
  /** The booking it is about; of a move the new one, so that both halves of it are one telling. */
  readonly bookingId: string;
  /** Tells it from the same being told of the same booking before; absent the first time. */
  readonly occurrence?: number;
}

/** What is known when an event comes. */
export interface Knowledge {
  readonly before: Standing;
  /** The bookings it was moved to, as they stand; those that the event itself names are among them. */
  readonly movedTo: readonly { readonly bookingId: string; readonly standing: Standing }[];
  /** Whether it took the place of another one. */
  readonly isMoved: boolean;
  /** What has been told of it. */
  readonly told: ReadonlySet<BookingTemplate>;
}

/**
 * What an event gives to tell. Only what was still so when it came: who hears of a booking after it was called off would
 * wait for it. A move is never told as a cancellation: one that another booking took the place of is not called off.
 */
export function tellingOf(event: BookingEvent, knowledge: Knowledge): Telling | undefined {
  switch (event.type) {
    case 'calendar.booking.requested':
      return isNewest(event, knowledge) ? about(event, 'booking_requested', hasEnded(knowledge.before)) : undefined;
    case 'calendar.booking.confirmed':
      return isNewest(event, knowledge) ? confirmation(event, knowledge) : undefined;
    case 'calendar.booking.rescheduled':
      return departure(event, knowledge);
    case 'calendar.booking.canceled':
      return isNewest(event, knowledge) ? cancellation(event, knowledge) : undefined;
    case 'calendar.booking.rejected':
      return isNewest(event, knowledge) ? again(event, 'booking_rejected', knowledge) : undefined;
    case 'calendar.booking.no_show':
    case 'calendar.booking.no_show_cleared':
      return absence(event, knowledge);
    case 'calendar.booking.paid':
    case 'calendar.booking.meeting_started':
    case 'calendar.booking.meeting_ended':
      return undefined;
  }
}

function confirmation(event: BookingEvent, { before, isMoved, told }: Knowledge): Telling {
  const { status, startsAt } = before;
  // Booked again under the same id: a booking of its own.
  if (status.value === 'canceled') return about(event, 'booking_created', true);
  if (isMoved) return about(event, 'booking_moved', false);
  // A seat keeps its id when its meeting is moved.
  const after = advance(before, event).startsAt.value;
  const isElsewhen = startsAt.value !== null && after !== null && startsAt.value !== after;
  if (status.value === 'confirmed' && isElsewhen) return about(event, 'booking_moved', true);
  return about(event, 'booking_created', told.has('booking_created') && hasEnded(before));
}

/** The half of a move that the old booking tells. Without a new one its host asks for another time. */
function departure(event: BookingEvent, knowledge: Knowledge): Telling | undefined {
  const { movedTo } = knowledge;
  const destination = movedTo.find(({ bookingId }) => bookingId === event.record.replacedBy) ?? movedTo[0];
  if (destination === undefined) {
    return isNewest(event, knowledge) ? again(event, 'booking_to_be_moved', knowledge) : undefined;
  }
  if (hasEnded(destination.standing)) return undefined;
  return { template: 'booking_moved', bookingId: destination.bookingId };
}

function cancellation(event: BookingEvent, knowledge: Knowledge): Telling | undefined {
  if (knowledge.movedTo.length > 0) return undefined;
  const isAsked = event.record.isRescheduleRequested === true;
  return again(event, isAsked ? 'booking_to_be_moved' : 'booking_canceled', knowledge);
}

/** Who did not come; that it is taken back is told to whom the first was told. */
function absence(event: BookingEvent, { before, told }: Knowledge): Telling | undefined {
  const { noShow } = advance(before, event);
  if (noShow === before.noShow) return undefined;
  if (noShow.value === true) return about(event, 'no_show', told.has('no_show') && before.noShow.value === false);
  if (noShow.value === false && told.has('no_show')) {
    return about(event, 'no_show_cleared', told.has('no_show_cleared') && before.noShow.value === true);
  }
  return undefined;
}

/** An end that was told before and was left since is another one. */
function again(event: BookingEvent, template: BookingTemplate, { before, told }: Knowledge): Telling {
  return about(event, template, told.has(template) && before.status.value !== null && !hasEnded(before));
}

function about({ record }: BookingEvent, template: BookingTemplate, isOneMore: boolean): Telling {
  const { entityId: bookingId, occurredAt } = record.metadata;
  return { template, bookingId, ...(isOneMore ? { occurrence: occurredAt } : {}) };
}

/** Whether no event of a newer status came before it. */
function isNewest(event: BookingEvent, { before }: Knowledge): boolean {
  return advance(before, event).status !== before.status;
}

const ends: ReadonlySet<string | null> = new Set(['canceled', 'rejected', 'rescheduled']);

function hasEnded({ status }: Standing): boolean {
  return ends.has(status.value);
}

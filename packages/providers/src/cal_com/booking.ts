import { type EventTypeOf, type ExactJson, type ExactObject, isExactObject, textLimit } from '@trunkline/events';

import { member, textMember, wholeNumber } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isE164, telephoneNumber } from '../contract/telephone.ts';
import { isCut, readAddress, readFilled, readTitle, textUpTo } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readCurrency, readFlag, readId } from '../contract/values.ts';
import type { Booker } from './seat.ts';

export type BookingType = EventTypeOf<'calendar.booking.v1'>;
type BookingReader = SnapshotReader<'calendar.booking.v1'>;

/** What a trigger says of the booking it carries. */
export const bookingTypes: ReadonlyMap<string, BookingType> = new Map([
  ['BOOKING_REQUESTED', 'calendar.booking.requested'],
  ['BOOKING_CREATED', 'calendar.booking.confirmed'],
  ['BOOKING_PAID', 'calendar.booking.paid'],
  ['BOOKING_RESCHEDULED', 'calendar.booking.confirmed'],
  ['BOOKING_REJECTED', 'calendar.booking.rejected'],
  ['BOOKING_CANCELLED', 'calendar.booking.canceled'],
  ['MEETING_STARTED', 'calendar.booking.meeting_started'],
  ['MEETING_ENDED', 'calendar.booking.meeting_ended'],
]);

/** A booking as Cal.com carries it: whole, so whatever is there is stated. */
export function bookingFact(booking: ExactObject, type: BookingType, booker: Booker): SnapshotFact {
  const reader: BookingReader = new SnapshotReader('calendar.booking.v1', booking);
  // What is paid may still wait for its host.
  if (type === 'calendar.booking.paid') statePayment(reader);
  else reader.say('status', type.slice('calendar.booking.'.length));
  reader.state('providerStatus', 'status', readFilled);
  // Of a seat the uid of the meeting is no booking.
  if (booker.seatId === undefined) reader.state('replaces', 'rescheduleUid', readId);
  else reader.say('scheduledEventId', readId(reader.find('uid')));
  reader.state('title', 'title', readTitle);
  reader.state('eventTypeId', 'eventTypeId', readId);
  reader.state('eventTypeName', 'eventTitle', readTitle);
  reader.state('startsAt', 'startTime', readInstant);
  reader.state('endsAt', 'endTime', readInstant);
  reader.state('hostId', 'organizer.id', readId);
  reader.state('hostEmail', 'organizer.email', readFilled);
  stateInvitee(reader, booker, booker.seatId !== undefined || type === 'calendar.booking.confirmed');
  reader.state('locationType', 'location', readLocationType);
  stateMeetingUrl(reader);
  if (type === 'calendar.booking.canceled') stateReason(reader, 'cancellationReason');
  if (type === 'calendar.booking.rejected') stateReason(reader, 'rejectionReason');
  if (type === 'calendar.booking.canceled') {
    reader.say('canceledBy', canceledBy(reader));
    reader.state('isRescheduleRequested', 'requestReschedule', readFlag);
  }
  return reader.fact(type);
}

/** The booking that was left by a move: the message carries the new one, and of the old one only this. */
export function movedFact(booking: ExactObject, newUid: string): SnapshotFact {
  const reader: BookingReader = new SnapshotReader('calendar.booking.v1', booking);
  reader.say('status', 'rescheduled');
  reader.say('replacedBy', newUid);
  stateReason(reader, 'responses.rescheduleReason.value');
  return reader.fact('calendar.booking.rescheduled');
}

/**
 * That a meeting began or ended. It is by the clock of the schedule and not by what happened, and the booking beside it
 * is as it was when it was made: neither is stated.
 */
export function meetingFact(booking: ExactObject, type: BookingType): SnapshotFact {
  return new SnapshotReader('calendar.booking.v1', booking).fact(type);
}

/** Whether the invitees came; undefined while the message says both, or nothing that reads. */
export function noShowFact(update: ExactObject): SnapshotFact | undefined {
  const attendees = update['attendees'];
  if (!Array.isArray(attendees) || attendees.length === 0) return undefined;
  // Array.isArray widens the items to any; this gives them their type back.
  const marks = (attendees as readonly ExactJson[]).map((one) => (isExactObject(one) ? one['noShow'] : undefined));
  const [noShow] = marks;
  if (typeof noShow !== 'boolean' || marks.some((mark) => mark !== noShow)) return undefined;
  const reader: BookingReader = new SnapshotReader('calendar.booking.v1', update);
  reader.say('noShow', noShow);
  return reader.fact(noShow ? 'calendar.booking.no_show' : 'calendar.booking.no_show_cleared');
}

function stateReason(reader: BookingReader, path: string): void {
  reader.state('cancellationReason', path, textUpTo(textLimit.reason));
  reader.state('cancellationReasonTruncated', path, isCut(textLimit.reason));
}

/** The booking of one seat ended with that of the whole meeting. */
export function seatEndFact(booking: ExactObject, type: BookingType): SnapshotFact {
  const reader: BookingReader = new SnapshotReader('calendar.booking.v1', booking);
  reader.say('status', type.slice('calendar.booking.'.length));
  reader.state('providerStatus', 'status', readFilled);
  reader.state('scheduledEventId', 'uid', readId);
  stateReason(reader, type === 'calendar.booking.canceled' ? 'cancellationReason' : 'rejectionReason');
  if (type === 'calendar.booking.canceled') reader.say('canceledBy', canceledBy(reader));
  return reader.fact(type);
}

/** Amounts of Cal.com are in minor units. */
function statePayment(reader: BookingReader): void {
  reader.say('isPaid', true);
  reader.state('paymentId', 'paymentId', readId);
  reader.state('paymentAmount', 'price', wholeNumber);
  reader.state('paymentCurrency', 'currency', readCurrency);
}

/** Without the attendee it is known of nobody who booked. */
function stateInvitee(reader: BookingReader, { attendee, guestCount }: Booker, isOfOne: boolean): void {
  reader.say('guestCount', guestCount);
  if (attendee === undefined) {
    // What concerns a meeting as a whole is about none of its attendees.
    if (Array.isArray(reader.find('attendees')) && isOfOne) reader.flaw('attendees');
    return;
  }
  const text = (name: string): string | null | undefined => {
    const value = attendee[name];
    return value === undefined ? undefined : value === null ? null : readFilled(value);
  };
  reader.say('inviteeName', text('name'));
  reader.say('inviteeEmail', text('email'));
  reader.say('inviteePhone', phoneOf(reader, attendee));
  reader.say('inviteeTimezone', text('timeZone'));
}

/** Where the invitee is to be called, the number is the place of the meeting and may stand nowhere else. */
function phoneOf(reader: BookingReader, attendee: ExactObject): string | null | undefined {
  const own = attendee['phoneNumber'];
  if (typeof own === 'string' && own !== '') return telephoneNumber(own);
  const place = reader.find('responses.location.value');
  const called = member(place, 'value') === 'phone' ? textMember(place, 'optionValue') : undefined;
  if (called !== undefined) return telephoneNumber(called);
  return own === undefined ? undefined : null;
}

/** Cal.com names who canceled by address; the record says only on which side it was. */
function canceledBy(reader: BookingReader): string | undefined {
  const address = reader.find('cancelledBy');
  if (typeof address !== 'string' || address === '') return undefined;
  if (address === reader.find('organizer.email')) return 'host';
  const attendees = reader.find('attendees');
  // Array.isArray widens the items to any; this gives them their type back.
  const guests = Array.isArray(attendees) ? (attendees as readonly ExactJson[]) : [];
  return guests.some((guest) => textMember(guest, 'email') === address) ? 'invitee' : undefined;
}

const locationTypes: ReadonlyMap<string, string> = new Map([
  ['integrations:google:meet', 'google_meet'],
  ['integrations:zoom', 'zoom'],
  ['integrations:office365_video', 'microsoft_teams'],
  ['integrations:webex_video', 'webex'],
  ['inPerson', 'physical'],
  ['attendeeInPerson', 'physical'],
  ['phone', 'phone'],
  ['userPhone', 'phone'],
]);

/** `integrations:` and the name of an application, or free text: an address, a number, a link. That is no kind. */
function readLocationType(value: ExactJson): string | null | undefined {
  const location = readFilled(value);
  if (typeof location !== 'string') return location;
  const known = locationTypes.get(location);
  if (known !== undefined) return known;
  if (/^https?:/i.test(location)) return 'link';
  if (isE164(telephoneNumber(location))) return 'phone';
  return /^integrations:([a-z0-9:_-]{1,64})$/.exec(location)?.[1]?.replaceAll(':', '_') ?? null;
}

function stateMeetingUrl(reader: BookingReader): void {
  const location = reader.find('location');
  if (reader.find('metadata.videoCallUrl') !== undefined) {
    reader.state('meetingUrl', 'metadata.videoCallUrl', readAddress);
  } else if (typeof location === 'string' && /^https?:/i.test(location)) {
    reader.state('meetingUrl', 'location', readAddress);
  }
}

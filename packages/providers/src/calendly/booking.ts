import { type EventTypeOf, type ExactJson, type ExactObject, isExactObject, textLimit } from '@trunkline/events';

import { minorUnits } from '../contract/money.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone, telephoneNumber } from '../contract/telephone.ts';
import { isCut, readAddress, readFilled, readTitle, textUpTo } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readCurrency, readFlag, readId } from '../contract/values.ts';

export type BookingType = EventTypeOf<'calendar.booking.v1'>;
type BookingReader = SnapshotReader<'calendar.booking.v1'>;

/** What an invitee says of its booking: Calendly sends it whole, so whatever it carries is stated. */
export function inviteeFact(invitee: ExactObject, type: BookingType): SnapshotFact {
  const reader: BookingReader = new SnapshotReader('calendar.booking.v1', invitee);
  // The types an invitee has (confirmed, canceled, rescheduled) are named after the status.
  reader.say('status', type.slice('calendar.booking.'.length));
  reader.state('providerStatus', 'status', readFilled);
  stateNoShow(reader);
  stateInvitee(reader);
  if (type === 'calendar.booking.confirmed') return reader.fact(type);
  reader.state('cancellationReason', 'cancellation.reason', textUpTo(textLimit.reason));
  reader.state('cancellationReasonTruncated', 'cancellation.reason', isCut(textLimit.reason));
  // canceled_by beside it is a name.
  reader.state('canceledBy', 'cancellation.canceler_type', readFilled);
  return reader.fact(type);
}

/**
 * A mark that the invitee did not come, set or taken back. Calendly describes it in two ways: the mark, which carries
 * nothing else of the booking, and the whole invitee that has it.
 */
export function noShowFact(mark: ExactObject, type: BookingType): SnapshotFact {
  const reader: BookingReader = new SnapshotReader('calendar.booking.v1', mark);
  reader.say('noShow', type === 'calendar.booking.no_show');
  if (mark['invitee'] === undefined || mark['invitee'] === null) stateInvitee(reader);
  return reader.fact(type);
}

/** Questions and their answers, and the links that cancel or move the booking, are left out. */
function stateInvitee(reader: BookingReader): void {
  reader.state('replaces', 'old_invitee', lastOfUri);
  reader.state('replacedBy', 'new_invitee', lastOfUri);
  stateMeeting(reader);
  stateHost(reader);
  reader.state('inviteeName', 'name', readFilled);
  reader.state('inviteeEmail', 'email', readFilled);
  statePhone(reader);
  reader.state('inviteeTimezone', 'timezone', readFilled);
  statePayment(reader);
  for (const [field, member] of campaignMembers) reader.state(field, `tracking.${member}`, readTitle);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
}

const campaignMembers = [
  ['utmSource', 'utm_source'],
  ['utmMedium', 'utm_medium'],
  ['utmCampaign', 'utm_campaign'],
  ['utmTerm', 'utm_term'],
  ['utmContent', 'utm_content'],
] as const;

/** The number for reminders; where the host is to call, that number is the place of the meeting. */
function statePhone(reader: BookingReader): void {
  const isCalled = reader.find('scheduled_event.location.type') === 'outbound_call';
  const reminder = reader.find('text_reminder_number');
  const called = isCalled ? reader.find('scheduled_event.location.location') : undefined;
  if ((reminder === null || reminder === undefined || reminder === '') && typeof called === 'string' && called !== '') {
    reader.say('inviteePhone', telephoneNumber(called));
  } else reader.state('inviteePhone', 'text_reminder_number', readTelephone);
}

/** Null where the meeting costs nothing. */
function statePayment(reader: BookingReader): void {
  if (!isExactObject(reader.find('payment'))) return;
  const currency = readCurrency(reader.find('payment.currency'));
  reader.state('isPaid', 'payment.successful', readFlag);
  reader.state('paymentId', 'payment.external_id', readId);
  reader.state('paymentProvider', 'payment.provider', readFilled);
  reader.state('paymentAmount', 'payment.amount', (amount) => minorUnits(amount, currency));
  reader.state('paymentCurrency', 'payment.currency', readCurrency);
}

/** The id at the end of https://api.calendly.com/scheduled_events/<id>/invitees/<id>. */
export function lastOfUri(value: ExactJson | undefined): string | undefined {
  return typeof value === 'string' ? /\/([A-Za-z0-9_-]{1,128})$/.exec(value)?.[1] : undefined;
}

function stateMeeting(reader: BookingReader): void {
  reader.state('title', 'scheduled_event.name', readTitle);
  reader.state('eventTypeId', 'scheduled_event.event_type', lastOfUri);
  const eventPath = typeof reader.find('scheduled_event.uri') === 'string' ? 'scheduled_event.uri' : 'event';
  reader.state('scheduledEventId', eventPath, lastOfUri);
  reader.state('calendarEventId', 'scheduled_event.calendar_event.external_id', readFilled);
  reader.state('startsAt', 'scheduled_event.start_time', readInstant);
  reader.state('endsAt', 'scheduled_event.end_time', readInstant);
  reader.state('guestCount', 'scheduled_event.event_guests', (guests) =>
    Array.isArray(guests) ? guests.length : undefined,
  );
  stateLocation(reader);
}

/** A place in somebody's own words may be a link. */
function stateLocation(reader: BookingReader): void {
  const words = reader.find('scheduled_event.location.location');
  const isLink = typeof words === 'string' && /^https?:\/\//i.test(words);
  if (isLink && reader.find('scheduled_event.location.type') === 'custom') {
    reader.say('locationType', 'link');
    reader.state('meetingUrl', 'scheduled_event.location.location', readAddress);
    return;
  }
  reader.state('locationType', 'scheduled_event.location.type', readLocationType);
  reader.state('meetingUrl', 'scheduled_event.location.join_url', readAddress);
}

/** `no_show` is null, or the mark that was set. */
function stateNoShow(reader: BookingReader): void {
  if (reader.find('no_show') === null) reader.say('noShow', false);
  else reader.state('noShow', 'no_show', (mark) => (isExactObject(mark) ? true : undefined));
}

/** With several hosts none of them is the host: they are left to whoever reads the archived delivery. */
function stateHost(reader: BookingReader): void {
  const hosts = reader.find('scheduled_event.event_memberships');
  if (!Array.isArray(hosts) || hosts.length !== 1) return;
  // Array.isArray widens the items to any; this gives them their type back.
  const [host] = hosts as readonly ExactJson[];
  if (!isExactObject(host)) return;
  reader.say('hostId', lastOfUri(host['user']));
  reader.say('hostEmail', readFilled(host['user_email'] ?? null) ?? undefined);
}

const locationTypes: ReadonlyMap<string, string> = new Map([
  ['zoom_conference', 'zoom'],
  ['google_conference', 'google_meet'],
  ['microsoft_teams_conference', 'microsoft_teams'],
  ['webex_conference', 'webex'],
  ['gotomeeting_conference', 'gotomeeting'],
  ['inbound_call', 'phone'],
  ['outbound_call', 'phone'],
]);

function readLocationType(value: ExactJson): string | null | undefined {
  const type = readFilled(value);
  return typeof type === 'string' ? (locationTypes.get(type) ?? type) : type;
}

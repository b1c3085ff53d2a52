import { type EventTypeOf, type ExactJson, type ExactObject, isExactObject, textLimit } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isCut, readAddress, readFilled, readTitle, textUpTo } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';

export type BookingType = EventTypeOf<'calendar.booking.v1'>;
type BookingReader = SnapshotReader<'calendar.booking.v1'>;

/** What an invitee says of its booking: Calendly sends it whole, so whatever it carries is stated. */
export function inviteeFact(invitee: ExactObject, type: BookingType): SnapshotFact {
  const reader: BookingReader = new SnapshotReader('calendar.booking.v1', invitee);
  // The types an invitee has (confirmed, canceled, rescheduled) are named after the status.
  reader.say('status', type.slice('calendar.booking.'.length));
  reader.state('providerStatus', 'status', readFilled);
  stateNoShow(reader);
  reader.state('replaces', 'old_invitee', lastOfUri);
  reader.state('replacedBy', 'new_invitee', lastOfUri);
  stateMeeting(reader);
  stateHost(reader);
  reader.state('inviteeName', 'name', readFilled);
  reader.state('inviteeEmail', 'email', readFilled);
  reader.state('inviteePhone', 'text_reminder_number', readFilled);
  reader.state('inviteeTimezone', 'timezone', readFilled);
  reader.state('createdAt', 'created_at', readInstant);
  reader.state('updatedAt', 'updated_at', readInstant);
  if (type === 'calendar.booking.confirmed') return reader.fact(type);
  reader.state('cancellationReason', 'cancellation.reason', textUpTo(textLimit.reason));
  reader.state('cancellationReasonTruncated', 'cancellation.reason', isCut(textLimit.reason));
  // canceled_by beside it is a name.
  reader.state('canceledBy', 'cancellation.canceler_type', readFilled);
  return reader.fact(type);
}

/** A mark that the invitee did not come, set or taken back; it carries nothing else of the booking. */
export function noShowFact(mark: ExactObject, type: BookingType): SnapshotFact {
  const reader: BookingReader = new SnapshotReader('calendar.booking.v1', mark);
  reader.say('noShow', type === 'calendar.booking.no_show');
  return reader.fact(type);
}

/** The id at the end of https://api.calendly.com/scheduled_events/<id>/invitees/<id>. */
export function lastOfUri(value: ExactJson | undefined): string | undefined {
  return typeof value === 'string' ? /\/([A-Za-z0-9_-]{1,128})$/.exec(value)?.[1] : undefined;
}

function stateMeeting(reader: BookingReader): void {
  reader.state('title', 'scheduled_event.name', readTitle);
  reader.state('eventTypeId', 'scheduled_event.event_type', lastOfUri);
  reader.state('scheduledEventId', 'scheduled_event.uri', lastOfUri);
  reader.state('calendarEventId', 'scheduled_event.calendar_event.external_id', readFilled);
  reader.state('startsAt', 'scheduled_event.start_time', readInstant);
  reader.state('endsAt', 'scheduled_event.end_time', readInstant);
  reader.state('guestCount', 'scheduled_event.event_guests', (guests) =>
    Array.isArray(guests) ? guests.length : undefined,
  );
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
  ['inbound_call', 'phone'],
  ['outbound_call', 'phone'],
]);

function readLocationType(value: ExactJson): string | null | undefined {
  const type = readFilled(value);
  return typeof type === 'string' ? (locationTypes.get(type) ?? type) : type;
}

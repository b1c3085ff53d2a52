import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type EventDraft,
  type ExactObject,
  isExactObject,
  maxIdLength,
  type Occurred,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { normalizationOf, notFound, undocumented } from '../contract/outcome.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { absenceFact } from './absence.ts';
import {
  bookingFact,
  type BookingType,
  bookingTypes,
  meetingFact,
  movedFact,
  noShowFact,
  seatEndFact,
} from './booking.ts';
import { type Booker, bookerOf, seatsOf } from './seat.ts';

/** What Cal.com sends beside bookings. Recordings come as links that let their holder in, forms as nothing but answers. */
export const calComPassedOn: readonly string[] = [
  'BOOKING_PAYMENT_INITIATED',
  'RECORDING_READY',
  'RECORDING_TRANSCRIPTION_GENERATED',
  'FORM_SUBMITTED',
  'FORM_SUBMITTED_NO_EVENT',
  'INSTANT_MEETING',
  'AFTER_HOSTS_CAL_VIDEO_NO_SHOW',
  'AFTER_GUESTS_CAL_VIDEO_NO_SHOW',
  'PING',
];

/** What every message of Cal.com says about itself. */
interface CalComMessage {
  readonly trigger: string;
  /** The booking: in `payload`, or the body itself (meeting messages are flat). */
  readonly booking: ExactObject;
  readonly isFlat: boolean;
  readonly uid: string | undefined;
  readonly createdAt: string | undefined;
  readonly booker: Booker;
  readonly account: string;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
  /** Parts of its id that are not there. */
  readonly missing: readonly string[];
}

/** One Cal.com delivery is one event, a reschedule two: one for each of its bookings. */
export function normalizeCalCom(delivery: VerifiedDelivery): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  const trigger = textMember(body.value, 'triggerEvent');
  if (!isExactObject(body.value) || trigger === undefined) {
    // A payload template of the customer's own may leave it out; nothing then says what the message is.
    return unreadableDelivery(delivery, 'the body has no triggerEvent: remove the custom payload template');
  }
  return normalizeMessage(delivery, readMessage(delivery, body.value, trigger));
}

function normalizeMessage(delivery: VerifiedDelivery, message: CalComMessage): Normalization {
  const { trigger, booking, uid, missing } = message;
  if (trigger === absenceTrigger) return normalizeAbsence(delivery, message);
  const type = bookingTypes.get(trigger);
  if (type === undefined && trigger !== 'BOOKING_NO_SHOW_UPDATED') return passOn(delivery, message, []);
  if (uid === undefined) return passOn(delivery, message, ['it does not name its booking']);
  if (type === undefined) {
    const update = noShowFact(booking);
    if (update === undefined) return passOn(delivery, message, ['it does not say one thing of all attendees']);
    return normalizationOf([{ events: [draft(message, refOf(message, uid), update)], flaws: notFound(missing) }]);
  }
  const isMeeting = trigger.startsWith('MEETING_');
  const current = isMeeting ? meetingFact(booking, type) : bookingFact(booking, type, message.booker);
  const events = [
    draft(message, refOf(message, uid), current),
    ...movedBookings(message, uid),
    ...endedSeats(message, type),
  ];
  return normalizationOf([{ events, flaws: [...notFound(missing), ...undocumented(current.unreadable)] }]);
}

/** The old booking of a reschedule: its message is that of the new one, so it is told apart by a qualifier. */
function movedBookings(message: CalComMessage, newUid: string): readonly EventDraft[] {
  const oldUid = idMember(message.booking, 'rescheduleUid');
  // A seat that moves keeps its id and changes its meeting.
  if (message.booker.seatId !== undefined || message.trigger !== 'BOOKING_RESCHEDULED') return [];
  if (oldUid === undefined || oldUid === newUid) return [];
  const identity = { ...message.identity, qualifier: `moved/${oldUid}` };
  return [draft({ ...message, identity }, { kind: 'booking', id: oldUid }, movedFact(message.booking, newUid))];
}

/** A meeting that is canceled or rejected as a whole ends the booking of each of its seats. */
function endedSeats(message: CalComMessage, type: BookingType): readonly EventDraft[] {
  if (type !== 'calendar.booking.canceled' && type !== 'calendar.booking.rejected') return [];
  return seatsOf(message.booking).map((id) => {
    const identity = { ...message.identity, qualifier: `seat/${id}` };
    return draft({ ...message, identity }, { kind: 'seat', id }, seatEndFact(message.booking, type));
  });
}

/** The booking of one seat is the seat: its uid is that of a meeting which others booked, too. */
function refOf({ booker }: CalComMessage, uid: string): EntityRef {
  return booker.seatId === undefined ? { kind: 'booking', id: uid } : { kind: 'seat', id: booker.seatId };
}

function draft(message: CalComMessage, entity: EntityRef, { fact }: SnapshotFact): EventDraft {
  const { account, identity, occurred } = message;
  return draftOf({ ...fact, account, entity, identity, occurred });
}

/** A host who is away: an entry in the calendar that nobody can book over. */
const absenceTrigger = 'OOO_CREATED';

function normalizeAbsence(delivery: VerifiedDelivery, message: CalComMessage): Normalization {
  const entry = objectMember(message.booking, 'oooEntry');
  const id = usableId(entry?.['id']);
  if (entry === undefined || id === undefined) return passOn(delivery, message, ['it does not name its absence']);
  const { fact, unreadable } = absenceFact(entry);
  const { account, occurred, missing, createdAt } = message;
  const identity: DraftIdentity =
    createdAt === undefined ? message.identity : { basis: 'key', parts: [absenceTrigger, id, createdAt] };
  const event = draftOf({ ...fact, account, entity: { kind: 'out_of_office', id }, identity, occurred });
  const flaws = missing.filter((name) => name !== 'uid');
  return normalizationOf([{ events: [event], flaws: [...notFound(flaws), ...undocumented(unreadable)] }]);
}

function readMessage(delivery: VerifiedDelivery, body: ExactObject, trigger: string): CalComMessage {
  const payload = objectMember(body, 'payload');
  const booking = payload ?? body;
  const isFlat = payload === undefined;
  const uid = idMember(booking, 'uid') ?? idMember(booking, 'bookingUid');
  const createdAt = textMember(body, 'createdAt');
  const at = readInstant(isFlat ? flatTime(booking, trigger) : createdAt);
  const isComplete = uid !== undefined && createdAt !== undefined;
  const booker = bookerOf(booking, trigger);
  return {
    trigger,
    booking,
    isFlat,
    uid,
    createdAt,
    account: fallbackAccount(delivery),
    booker,
    identity: isComplete
      ? { basis: 'key', parts: [trigger, uid, createdAt, ...(booker.seatId === undefined ? [] : [booker.seatId])] }
      : contentIdentity(body),
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    missing: [
      ...(uid === undefined ? ['uid'] : []),
      ...(createdAt === undefined ? ['createdAt'] : []),
      ...(at === undefined && createdAt !== undefined ? [isFlat ? 'startTime or endTime' : 'createdAt'] : []),
    ],
  };
}

/** A form or an absence has no uid: what it says is known by all of it, where that says when. */
function contentIdentity(body: ExactObject): DraftIdentity {
  if (readInstant(body['createdAt']) === undefined) return { basis: 'rx', index: 0 };
  return { basis: 'hash', canonicalItem: canonicalText(body), occurrence: 0 };
}

/** createdAt of a flat message is when the booking was made; the message itself is sent at the scheduled time. */
function flatTime(booking: ExactObject, trigger: string): string | undefined {
  return textMember(booking, trigger === 'MEETING_ENDED' ? 'endTime' : 'startTime');
}

function idMember(value: ExactObject, name: string): string | undefined {
  const id = textMember(value, name);
  return id !== undefined && id.length <= maxIdLength ? id : undefined;
}

/** A trigger without a canonical form: payments, recordings, forms, absences, what comes next. */
function passOn(delivery: VerifiedDelivery, message: CalComMessage, flaws: readonly string[]): Normalization {
  const { account, identity, occurred, trigger, uid, missing } = message;
  const event = integrationEvent(delivery, {
    account,
    entity: uid === undefined ? (formOf(message) ?? contentEntity(delivery)) : refOf(message, uid),
    identity,
    occurred,
    originalType: trigger,
  });
  // A form or an absence is about no booking and has no uid; only what should have one is not complete without.
  const isFlawed = bookingTypes.has(trigger) || uid !== undefined;
  const known = isFlawed ? missing : missing.filter((name) => name !== 'uid');
  return normalizationOf([{ events: [event], flaws: [...flaws, ...notFound(known)] }]);
}

function formOf({ booking }: CalComMessage): EntityRef | undefined {
  const id = usableId(booking['formId']);
  return id === undefined ? undefined : { kind: 'form', id };
}

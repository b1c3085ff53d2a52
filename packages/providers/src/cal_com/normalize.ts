import {
  type DraftIdentity,
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
import { bookingFact, bookingTypes, meetingFact, movedFact, noShowFact } from './booking.ts';

/** What every message of Cal.com says about itself. */
interface CalComMessage {
  readonly trigger: string;
  /** The booking: in `payload`, or the body itself (meeting messages are flat). */
  readonly booking: ExactObject;
  readonly isFlat: boolean;
  readonly uid: string | undefined;
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
  const type = bookingTypes.get(trigger);
  if (type === undefined && trigger !== 'BOOKING_NO_SHOW_UPDATED') return passOn(delivery, message, []);
  if (uid === undefined) return passOn(delivery, message, ['it does not name its booking']);
  if (type === undefined) {
    const update = noShowFact(booking);
    if (update === undefined) return passOn(delivery, message, ['it does not say one thing of all attendees']);
    return normalizationOf([{ events: [draft(message, uid, update)], flaws: notFound(missing) }]);
  }
  const isMeeting = trigger.startsWith('MEETING_');
  const current = isMeeting ? meetingFact(booking, type) : bookingFact(booking, type);
  const events = [draft(message, uid, current), ...movedBookings(message, uid)];
  return normalizationOf([{ events, flaws: [...notFound(missing), ...undocumented(current.unreadable)] }]);
}

/** The old booking of a reschedule: its message is that of the new one, so it is told apart by a qualifier. */
function movedBookings(message: CalComMessage, newUid: string): readonly EventDraft[] {
  const oldUid = idMember(message.booking, 'rescheduleUid');
  if (message.trigger !== 'BOOKING_RESCHEDULED' || oldUid === undefined || oldUid === newUid) return [];
  const identity = { ...message.identity, qualifier: `moved/${oldUid}` };
  return [draft({ ...message, identity }, oldUid, movedFact(message.booking, newUid))];
}

function draft(message: CalComMessage, uid: string, { fact }: SnapshotFact): EventDraft {
  const { account, identity, occurred } = message;
  return draftOf({ ...fact, account, entity: { kind: 'booking', id: uid }, identity, occurred });
}

function readMessage(delivery: VerifiedDelivery, body: ExactObject, trigger: string): CalComMessage {
  const payload = objectMember(body, 'payload');
  const booking = payload ?? body;
  const isFlat = payload === undefined;
  const uid = idMember(booking, 'uid') ?? idMember(booking, 'bookingUid');
  const createdAt = textMember(body, 'createdAt');
  const at = readInstant(isFlat ? flatTime(booking, trigger) : createdAt);
  const isComplete = uid !== undefined && createdAt !== undefined;
  return {
    trigger,
    booking,
    isFlat,
    uid,
    account: fallbackAccount(delivery),
    identity: isComplete ? { basis: 'key', parts: [trigger, uid, createdAt] } : { basis: 'rx', index: 0 },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    missing: [
      ...(uid === undefined ? ['uid'] : []),
      ...(createdAt === undefined ? ['createdAt'] : []),
      ...(at === undefined && createdAt !== undefined ? [isFlat ? 'startTime or endTime' : 'createdAt'] : []),
    ],
  };
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
    entity: uid === undefined ? contentEntity(delivery) : { kind: 'booking', id: uid },
    identity,
    occurred,
    originalType: trigger,
  });
  // A form or an absence is about no booking and has no uid; only what should have one is not complete without.
  const isFlawed = bookingTypes.has(trigger) || uid !== undefined;
  return normalizationOf([{ events: [event], flaws: [...flaws, ...(isFlawed ? notFound(missing) : [])] }]);
}

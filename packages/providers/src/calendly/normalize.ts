import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type ExactObject,
  isExactObject,
  type Occurred,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { normalizationOf, notFound, undocumented } from '../contract/outcome.ts';
import { readInstant } from '../contract/times.ts';
import { type BookingType, inviteeFact, lastOfUri, noShowFact } from './booking.ts';

/** What Calendly sends beside bookings. */
export const calendlyPassedOn: readonly string[] = [
  'routing_form_submission.created',
  'event_type.created',
  'event_type.updated',
  'event_type.deleted',
  'contact.created',
  'contact.updated',
  'contact.deleted',
  'meeting_recap.created',
];

/** What every message of Calendly says about itself. */
interface CalendlyMessage {
  readonly name: string;
  readonly payload: ExactObject;
  readonly account: string;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
  /** Parts of its id that are not there. */
  readonly missing: readonly string[];
}

/** One Calendly delivery is one event. */
export function normalizeCalendly(delivery: VerifiedDelivery): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  const name = textMember(body.value, 'event');
  const payload = objectMember(body.value, 'payload');
  if (!isExactObject(body.value) || name === undefined || payload === undefined) {
    return unreadableDelivery(delivery, 'the body has no event or no payload');
  }
  return normalizeMessage(delivery, readMessage(delivery, body.value, { name, payload }));
}

function normalizeMessage(delivery: VerifiedDelivery, message: CalendlyMessage): Normalization {
  const type = bookingType(message);
  if (type === undefined) return passOn(delivery, message, []);
  const { name, payload, account, identity, occurred, missing } = message;
  const isMark = name.startsWith('invitee_no_show.');
  const invitee = isMark ? inviteeOfMark(payload) : lastOfUri(payload['uri']);
  if (invitee === undefined) return passOn(delivery, message, ['it does not name its invitee']);

  const { fact, unreadable } = isMark ? noShowFact(payload, type) : inviteeFact(payload, type);
  const draft = draftOf({ ...fact, account, entity: { kind: 'invitee', id: invitee }, identity, occurred });
  return normalizationOf([{ events: [draft], flaws: [...notFound(missing), ...undocumented(unreadable)] }]);
}

/**
 * The invitee of a mark: named by its address, carried as an object, or the payload itself. None of the three is
 * documented to the member, and readers of each are in use.
 */
function inviteeOfMark(payload: ExactObject): string | undefined {
  const { invitee } = payload;
  if (invitee !== undefined && invitee !== null) return lastOfUri(isExactObject(invitee) ? invitee['uri'] : invitee);
  const uri = textMember(payload, 'uri') ?? '';
  return /\/invitees\/[^/]+$/.test(uri) ? lastOfUri(uri) : undefined;
}

/**
 * A reschedule comes as two messages in any order: the old invitee is canceled with `rescheduled`, the new one is
 * created with `old_invitee`. It is said once: the first is the reschedule, the second a confirmed booking.
 */
function bookingType({ name, payload }: CalendlyMessage): BookingType | undefined {
  switch (name) {
    case 'invitee.created':
      return 'calendar.booking.confirmed';
    case 'invitee.canceled':
      return payload['rescheduled'] === true ? 'calendar.booking.rescheduled' : 'calendar.booking.canceled';
    case 'invitee_no_show.created':
      return 'calendar.booking.no_show';
    case 'invitee_no_show.deleted':
      return 'calendar.booking.no_show_cleared';
    default:
      return undefined;
  }
}

/** Calendly names no id: the event name, the URI of its payload and the time it was made are what no other has. */
function readMessage(
  delivery: VerifiedDelivery,
  body: ExactObject,
  { name, payload }: Pick<CalendlyMessage, 'name' | 'payload'>,
): CalendlyMessage {
  const uri = textMember(payload, 'uri');
  const createdAt = textMember(body, 'created_at');
  const at = readInstant(createdAt);
  const isComplete = uri !== undefined && createdAt !== undefined;
  return {
    name,
    payload,
    account: fallbackAccount(delivery),
    identity: isComplete ? { basis: 'key', parts: [name, uri, createdAt] } : contentIdentity(body, payload),
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    missing: [
      ...(uri === undefined ? ['payload.uri'] : []),
      // A time that does not read still tells one message from another, but not when it was.
      ...(at === undefined ? ['created_at'] : []),
    ],
  };
}

/** Without one of the three, what it says is known by all of it, where that has a time of its own. */
function contentIdentity(body: ExactObject, payload: ExactObject): DraftIdentity {
  const isTold = [body['created_at'], payload['updated_at'], payload['created_at']].some(
    (time) => readInstant(time) !== undefined,
  );
  return isTold ? { basis: 'hash', canonicalItem: canonicalText(body), occurrence: 0 } : { basis: 'rx', index: 0 };
}

/** A message without a canonical form: routing forms, event types, what comes next. */
function passOn(delivery: VerifiedDelivery, message: CalendlyMessage, flaws: readonly string[]): Normalization {
  const { account, identity, occurred, name, missing } = message;
  const event = integrationEvent(delivery, {
    account,
    entity: entityOf(message) ?? contentEntity(delivery),
    identity,
    occurred,
    originalType: name,
  });
  return normalizationOf([{ events: [event], flaws: [...flaws, ...notFound(missing)] }]);
}

/** https://api.calendly.com/routing_form_submissions/<id>: the kind and the id at the end of the URI. */
function entityOf({ payload }: CalendlyMessage): EntityRef | undefined {
  const [, kind, id] = /\/([a-z_]{1,64})\/([A-Za-z0-9_-]{1,128})$/.exec(textMember(payload, 'uri') ?? '') ?? [];
  if (kind === undefined || id === undefined) return undefined;
  // As everything else that is said of an invitee.
  return { kind: kind === 'invitees' ? 'invitee' : kind, id };
}

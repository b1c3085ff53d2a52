import { type DraftIdentity, type EntityRef, type ExactObject, isExactObject, type Occurred } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { normalizationOf, notFound, undocumented } from '../contract/outcome.ts';
import { readInstant } from '../contract/times.ts';
import { type BookingType, inviteeFact, lastOfUri, noShowFact } from './booking.ts';

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
  const invitee = lastOfUri(payload[isMark ? 'invitee' : 'uri']);
  if (invitee === undefined) return passOn(delivery, message, ['it does not name its invitee']);

  const { fact, unreadable } = isMark ? noShowFact(payload, type) : inviteeFact(payload, type);
  const draft = draftOf({ ...fact, account, entity: { kind: 'invitee', id: invitee }, identity, occurred });
  return normalizationOf([{ events: [draft], flaws: [...notFound(missing), ...undocumented(unreadable)] }]);
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
    identity: isComplete ? { basis: 'key', parts: [name, uri, createdAt] } : { basis: 'rx', index: 0 },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    missing: [
      ...(uri === undefined ? ['payload.uri'] : []),
      // A time that does not read still tells one message from another, but not when it was.
      ...(at === undefined ? ['created_at'] : []),
    ],
  };
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
  return kind === undefined || id === undefined ? undefined : { kind, id };
}

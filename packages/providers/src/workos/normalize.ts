import type { EntityRef, ExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount } from '../contract/integration-event.ts';
import { objectMember, textMember } from '../contract/json-body.ts';
import type { Normalization } from '../contract/normalization.ts';
import { normalizeObjectBody, normalizeObjectEvent } from '../contract/object-event.ts';
import { occurredAt, readInstant } from '../contract/times.ts';
import { authenticationTypes } from './authentication.ts';
import { workosFacts } from './facts.ts';
import type { WorkosOptions } from './options.ts';

/** One WorkOS delivery is one event, known by its event_01…, which is the same in the events API. */
export function normalizeWorkos(delivery: VerifiedDelivery<WorkosOptions>): Normalization {
  return normalizeObjectBody(delivery, (body) => {
    const id = textMember(body, 'id');
    const name = textMember(body, 'event');
    if (id === undefined || name === undefined) return 'the event has no id or no name';
    const data = objectMember(body, 'data');
    const previous = objectMember(data, 'previous_attributes');
    const at = readInstant(body['created_at']);
    const event = {
      id,
      name,
      account: fallbackAccount(delivery),
      occurred: occurredAt(at),
      ...aboutOf(name, data, id),
      changedFields: previous === undefined ? undefined : Object.keys(previous),
    };
    const normalization = normalizeObjectEvent(delivery, event, workosFacts.get(name));
    if (at !== undefined || typeof normalization === 'string' || normalization.verdict !== 'normalised') {
      return normalization;
    }
    return { ...normalization, verdict: 'partial', reason: 'not found or not usable: created_at' };
  });
}

interface About {
  readonly entity: EntityRef;
  readonly object: ExactObject | undefined;
}

/** What an event is about: its object, or what it names where its object is no entity by itself. */
function aboutOf(name: string, data: ExactObject | undefined, eventId: string): About {
  const [subject = ''] = name.split('.');
  const event = { kind: 'event', id: eventId };
  switch (subject) {
    case 'authentication':
      // An attempt to log in is known by nothing but its event; the others say something of its user.
      return authenticationTypes.has(name)
        ? { entity: data === undefined ? event : { kind: 'authentication', id: eventId }, object: data }
        : { entity: refOf('user', textMember(data, 'user_id')) ?? event, object: data };
    case 'email_verification':
    case 'password_reset':
      return { entity: refOf('user', textMember(data, 'user_id')) ?? event, object: data };
    case 'dsync':
      return { entity: groupMembershipOf(data) ?? entityOf(data) ?? event, object: data };
    default: {
      // A failed verification has its domain beside the reason.
      const object = objectMember(data, 'organization_domain') ?? data;
      return { entity: entityOf(object) ?? event, object };
    }
  }
}

/** A membership in a group of a directory has no id: that of the group and that of the entry are one together. */
function groupMembershipOf(data: ExactObject | undefined): EntityRef | undefined {
  const group = textMember(objectMember(data, 'group'), 'id');
  const user = textMember(objectMember(data, 'user'), 'id');
  return group === undefined || user === undefined ? undefined : { kind: 'group_membership', id: `${group}:${user}` };
}

function entityOf(object: ExactObject | undefined): EntityRef | undefined {
  const kind = textMember(object, 'object');
  return kind === undefined ? undefined : refOf(kind, textMember(object, 'id'));
}

function refOf(kind: string, id: string | undefined): EntityRef | undefined {
  return id === undefined ? undefined : { kind, id };
}

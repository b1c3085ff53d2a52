import { type EntityRef, type EventType, type ExactObject, isExactObject, type Occurred } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness, type SnapshotFact } from '../contract/snapshot.ts';
import { occurredAt, readMilliseconds } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { svixId } from '../schemes/svix.ts';
import { membershipFact, organizationFact, sessionFact, userFact } from './facts.ts';

interface Mapping {
  readonly to: EventType;
  readonly kind: string;
  readonly fact: (object: ExactObject) => SnapshotFact;
}

/** https://clerk.com/docs/webhooks/overview: the types of Clerk that have a canonical form. */
export const clerkTypes: ReadonlyMap<string, Mapping> = new Map<string, Mapping>([
  ...(['created', 'updated', 'deleted'] as const).flatMap((action): [string, Mapping][] => [
    [`user.${action}`, { to: `identity.user.${action}`, kind: 'user', fact: (user) => userFact(user, action) }],
    [
      `organization.${action}`,
      {
        to: `identity.organization.${action}`,
        kind: 'organization',
        fact: (organization) => organizationFact(organization, action),
      },
    ],
    [
      `organizationMembership.${action}`,
      {
        to: `identity.organization.membership_${action}`,
        kind: 'organization_membership',
        fact: (membership) => membershipFact(membership, action),
      },
    ],
  ]),
  ...['created', 'ended', 'removed', 'revoked'].map((word): [string, Mapping] => {
    const isEnd = word !== 'created';
    const to = isEnd ? 'identity.session.ended' : 'identity.session.created';
    return [`session.${word}`, { to, kind: 'session', fact: (session) => sessionFact(session, isEnd) }];
  }),
]);

/** One delivery is one event; its id is that of the signed message. */
export function normalizeClerk(delivery: VerifiedDelivery): Normalization {
  const id = svixId(delivery.request);
  if (id === undefined) return unreadableDelivery(delivery, 'the id of the message is too long to be an id');
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');

  const type = textMember(body.value, 'type');
  const object = objectMember(body.value, 'data');
  const mapping = clerkTypes.get(type ?? '');
  const objectId = usableId(member(object, 'id'));
  const account = usableId(body.value['instance_id']) ?? fallbackAccount(delivery);
  const occurred = occurredOf(body.value);
  if (mapping === undefined || object === undefined || objectId === undefined) {
    const event = integrationEvent(delivery, {
      account,
      entity: { kind: 'event', id },
      identity: { basis: 'id', id },
      occurred,
      ...(type === undefined ? {} : { originalType: type }),
      providerEventId: id,
    });
    if (mapping === undefined) return { verdict: 'normalised', events: [event] };
    return { verdict: 'partial', reason: `it is named after a ${mapping.kind} and carries none`, events: [event] };
  }
  const { fact, unreadable } = mapping.fact(object);
  const organization = mapping.kind === 'organization_membership' ? organizationOf(object) : undefined;
  const draft = draftOf({
    ...fact,
    account,
    entity: { kind: mapping.kind, id: objectId },
    identity: { basis: 'id', id },
    occurred,
    providerEventId: id,
    ...(organization === undefined ? {} : { orderBy: { by: 'entity', entity: organization } }),
  });
  return { ...completeness(unreadable), events: [draft] };
}

/** A membership stays in order with its organization. */
function organizationOf(membership: ExactObject): EntityRef | undefined {
  const id = usableId(member(membership['organization'], 'id'));
  return id === undefined ? undefined : { kind: 'organization', id };
}

/** The time of the event; messages of older endpoints have none, there it is the time of the object's last change. */
function occurredOf(body: ExactObject): Occurred {
  return occurredAt(readMilliseconds(body['timestamp']) ?? readMilliseconds(member(body['data'], 'updated_at')));
}

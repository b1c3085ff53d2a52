import type { EntityRef, EventType, ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { usableId } from '../contract/usable-id.ts';
import { paymentFact, subscriptionFact, subscriptionItemFact } from './billing.ts';
import { invitationFact, membershipFact, organizationFact } from './organization.ts';
import { sessionFact } from './session.ts';
import { userFact } from './user.ts';

export interface Mapping {
  readonly to: readonly EventType[];
  readonly kind: string;
  /** Undefined for an object in a state that nobody knows. */
  readonly fact: (object: ExactObject) => SnapshotFact | undefined;
  /** The id of the entity, where that is not the object's own. */
  readonly id?: (object: ExactObject) => string | undefined;
  /** What it stays in order with, where that is not the object itself. */
  readonly follows?: (object: ExactObject) => EntityRef | undefined;
}

/** https://clerk.com/docs/webhooks/overview: the types of Clerk that have a canonical form. */
export const clerkTypes: ReadonlyMap<string, Mapping> = new Map<string, Mapping>([
  ...(['created', 'updated', 'deleted'] as const).flatMap((action): [string, Mapping][] => [
    [`user.${action}`, { to: [`identity.user.${action}`], kind: 'user', fact: (user) => userFact(user, action) }],
    [
      `organization.${action}`,
      {
        to: [`identity.organization.${action}`],
        kind: 'organization',
        fact: (organization) => organizationFact(organization, action),
      },
    ],
    [
      `organizationMembership.${action}`,
      {
        to: [`identity.organization.membership_${action}`],
        kind: 'organization_membership',
        fact: (membership) => membershipFact(membership, action),
        follows: (membership) => refOf('organization', member(membership['organization'], 'id')),
      },
    ],
  ]),
  ...(['created', 'accepted', 'revoked'] as const).map((action): [string, Mapping] => [
    `organizationInvitation.${action}`,
    {
      to: [`identity.organization.invitation_${action}`],
      kind: 'invitation',
      fact: (invitation) => invitationFact(invitation, action),
      follows: (invitation) => refOf('organization', invitation['organization_id']),
    },
  ]),
  [
    'session.pending',
    { to: ['identity.session.pending'], kind: 'session', fact: (one) => sessionFact(one, 'pending') },
  ],
  ['session.created', { to: ['identity.session.created'], kind: 'session', fact: (one) => sessionFact(one, 'active') }],
  ...['ended', 'removed', 'revoked'].map((word): [string, Mapping] => [
    `session.${word}`,
    { to: ['identity.session.ended'], kind: 'session', fact: (one) => sessionFact(one, 'ended') },
  ]),
  // Names of the event have been written in both ways.
  ...['created', 'updated', 'active', 'pastDue', 'past_due'].map((action): [string, Mapping] => [
    `subscription.${action}`,
    { to: [subscriptionType(action)], kind: 'subscription', fact: (one) => subscriptionFact(one, action) },
  ]),
  ...itemActions().map((action): [string, Mapping] => [
    `subscriptionItem.${action}`,
    {
      to: [subscriptionType(action)],
      kind: 'subscription_item',
      fact: (item) => subscriptionItemFact(item, action),
      follows: (item) => refOf('subscription', item['subscription_id']),
    },
  ]),
  ['paymentAttempt.created', paymentMapping(['payments.payment.processing'])],
  ['paymentAttempt.updated', paymentMapping(['payments.payment.succeeded', 'payments.payment.failed'])],
]);

/** What Clerk sends beside them. */
export const clerkPassedOn: readonly string[] = [
  'email.created',
  'sms.created',
  'organizationDomain.created',
  'organizationDomain.updated',
  'organizationDomain.deleted',
  'role.created',
  'role.updated',
  'role.deleted',
  'permission.created',
  'permission.updated',
  'permission.deleted',
  'waitlistEntry.created',
  'waitlistEntry.updated',
];

/** All attempts of a payment are about that payment: whoever counts payments counts it once. */
function paymentMapping(to: readonly EventType[]): Mapping {
  return {
    to,
    kind: 'payment',
    fact: paymentFact,
    id: (attempt) => usableId(attempt['payment_id']) ?? usableId(attempt['id']),
  };
}

function itemActions(): readonly string[] {
  const plain = ['created', 'updated', 'active', 'canceled', 'upcoming', 'ended', 'abandoned', 'incomplete'];
  return [...plain, 'pastDue', 'past_due'];
}

function subscriptionType(action: string): EventType {
  if (action === 'created') return 'payments.subscription.created';
  return action === 'ended' ? 'payments.subscription.canceled' : 'payments.subscription.updated';
}

function refOf(kind: string, value: Parameters<typeof usableId>[0]): EntityRef | undefined {
  const id = usableId(value);
  return id === undefined ? undefined : { kind, id };
}

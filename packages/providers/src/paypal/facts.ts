import type { ExactObject } from '@trunkline/events';

import type { EventMapping } from '../contract/provider.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { disputeFact, disputeTypes } from './dispute.ts';
import { orderApproved, orderFact } from './order.ts';
import { captureFact, captureTypes, refundFact, refundTypes } from './payment.ts';
import { subscriptionFact, subscriptionTypes } from './subscription.ts';

interface ObjectFacts {
  /** The kind of entity; PayPal's resource_type where it has one word for it. */
  readonly kind: string;
  /** The member that is its id. */
  readonly id: string;
  readonly types: readonly (readonly [name: string, type: EventMapping['to']])[];
  readonly fact: (resource: ExactObject, name: string) => SnapshotFact | undefined;
}

const objects: readonly ObjectFacts[] = [
  { kind: 'capture', id: 'id', types: captureTypes, fact: captureFact },
  { kind: 'refund', id: 'id', types: refundTypes, fact: refundFact },
  { kind: 'subscription', id: 'id', types: subscriptionTypes, fact: subscriptionFact },
  { kind: 'dispute', id: 'dispute_id', types: disputeTypes, fact: disputeFact },
  { kind: 'checkout-order', id: 'id', types: [[orderApproved, 'payments.checkout.completed']], fact: orderFact },
];

export const paypalMappings: readonly EventMapping[] = objects.flatMap(({ types }) =>
  types.map(([from, to]) => ({ from, to })),
);

const byName: ReadonlyMap<string, ObjectFacts> = new Map(
  objects.flatMap((facts) => facts.types.map(([name]) => [name, facts] as const)),
);

/** What the events of that name are read with; undefined for those that are passed on. */
export function factsOf(name: string): ObjectFacts | undefined {
  return byName.get(name);
}

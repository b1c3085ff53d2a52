import type { ExactObject } from '@trunkline/events';

import type { EventMapping } from '../contract/provider.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { checkoutCompleted, checkoutFact } from './checkout.ts';
import { disputeFact, disputeTypes } from './dispute.ts';
import { invoiceFact, invoiceTypes } from './invoice.ts';
import { paymentFact, paymentTypes } from './payment.ts';
import { payoutFact, payoutTypes } from './payout.ts';
import { refundFact, refundTypes } from './refund.ts';
import { subscriptionFact, subscriptionTypes } from './subscription.ts';

interface ObjectFacts {
  /** `object` of what the event has to carry. */
  readonly kind: string;
  readonly types: Iterable<readonly [name: string, type: EventMapping['to']]>;
  /** Undefined for an event that names no state of the object. */
  readonly fact: (object: ExactObject, name: string) => SnapshotFact | undefined;
}

const objects: readonly ObjectFacts[] = [
  { kind: 'payment_intent', types: paymentTypes, fact: paymentFact },
  { kind: 'invoice', types: invoiceTypes, fact: invoiceFact },
  { kind: 'subscription', types: subscriptionTypes, fact: subscriptionFact },
  { kind: 'refund', types: refundTypes, fact: refundFact },
  { kind: 'dispute', types: disputeTypes, fact: disputeFact },
  { kind: 'checkout.session', types: [[checkoutCompleted, 'payments.checkout.completed']], fact: checkoutFact },
  { kind: 'payout', types: payoutTypes, fact: payoutFact },
];

export const stripeMappings: readonly EventMapping[] = objects.flatMap(({ types }) =>
  [...types].map(([from, to]) => ({ from, to })),
);

const byName: ReadonlyMap<string, ObjectFacts> = new Map(
  objects.flatMap((facts) => [...facts.types].map(([name]) => [name, facts] as const)),
);

/** What the events of that name are read with; undefined for those that are passed on. */
export function factsOf(name: string): Pick<ObjectFacts, 'kind' | 'fact'> | undefined {
  return byName.get(name);
}

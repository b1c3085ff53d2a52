import { factsByName, mappingsOf, type ObjectFacts } from '../contract/object-event.ts';
import type { EventMapping } from '../contract/provider.ts';
import { disputeFact, disputeTypes } from './dispute.ts';
import { orderApproved, orderFact } from './order.ts';
import { captureFact, captureTypes, refundFact, refundTypes } from './payment.ts';
import { subscriptionFact, subscriptionTypes } from './subscription.ts';

/** A kind is PayPal's resource_type where it has one word for it. */
interface PaypalFacts extends ObjectFacts {
  /** The member that is its id. */
  readonly id: string;
}

const objects: readonly PaypalFacts[] = [
  { kind: 'capture', id: 'id', types: captureTypes, fact: captureFact },
  { kind: 'refund', id: 'id', types: refundTypes, fact: refundFact },
  { kind: 'subscription', id: 'id', types: subscriptionTypes, fact: subscriptionFact },
  { kind: 'dispute', id: 'dispute_id', types: disputeTypes, fact: disputeFact },
  { kind: 'checkout-order', id: 'id', types: [[orderApproved, 'payments.checkout.completed']], fact: orderFact },
];

export const paypalMappings: readonly EventMapping[] = mappingsOf(objects);

/** What an event is read with, by its name. */
export const paypalFacts: ReadonlyMap<string, PaypalFacts> = factsByName(objects);

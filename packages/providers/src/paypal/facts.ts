import type { ExactObject } from '@trunkline/events';

import { factsByName, mappingsOf, type ObjectFacts } from '../contract/object-event.ts';
import type { EventMapping } from '../contract/provider.ts';
import { authorizationFact, authorizationTypes, orderOf } from './authorization.ts';
import { disputeFact, disputeOf, disputeTypes } from './dispute.ts';
import { invoiceFact, invoiceIn, invoiceRef, invoiceTypes } from './invoice.ts';
import { orderFact, orderTypes } from './order.ts';
import { captureFact, captureTypes, saleFact, saleTypes } from './payment.ts';
import { refundFact, refundOf, refundTypes } from './refund.ts';
import { subscriptionFact, subscriptionOf, subscriptionTypes } from './subscription.ts';

/** A kind is PayPal's resource_type where it has one word for it. */
export interface PaypalFacts extends ObjectFacts {
  /** Where the resource only holds what the event is about. */
  readonly inside?: (resource: ExactObject) => ExactObject;
}

const objects: readonly PaypalFacts[] = [
  { kind: 'capture', types: captureTypes, fact: captureFact },
  { kind: 'sale', types: saleTypes, fact: saleFact },
  { kind: 'refund', types: refundTypes, fact: refundFact, about: refundOf },
  { kind: 'subscription', types: subscriptionTypes, fact: subscriptionFact, about: subscriptionOf },
  { kind: 'dispute', types: disputeTypes, fact: disputeFact, about: disputeOf },
  { kind: 'checkout-order', types: orderTypes, fact: orderFact },
  { kind: 'authorization', types: authorizationTypes, fact: authorizationFact, about: orderOf },
  { kind: 'invoice', types: invoiceTypes, fact: invoiceFact, about: invoiceRef, inside: invoiceIn },
];

export const paypalMappings: readonly EventMapping[] = mappingsOf(objects);

/** What an event is read with, by its name. */
export const paypalFacts: ReadonlyMap<string, PaypalFacts> = factsByName(objects);

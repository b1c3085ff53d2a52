import { factsByName, mappingsOf, type ObjectFacts } from '../contract/object-event.ts';
import type { EventMapping } from '../contract/provider.ts';
import { checkoutCompleted, checkoutFact } from './checkout.ts';
import { disputeFact, disputeTypes } from './dispute.ts';
import { invoiceFact, invoiceTypes } from './invoice.ts';
import { paymentFact, paymentTypes } from './payment.ts';
import { payoutFact, payoutTypes } from './payout.ts';
import { refundFact, refundTypes } from './refund.ts';
import { subscriptionFact, subscriptionTypes } from './subscription.ts';

const objects: readonly ObjectFacts[] = [
  { kind: 'payment_intent', types: paymentTypes, fact: paymentFact },
  { kind: 'invoice', types: invoiceTypes, fact: invoiceFact },
  { kind: 'subscription', types: subscriptionTypes, fact: subscriptionFact },
  { kind: 'refund', types: refundTypes, fact: refundFact },
  { kind: 'dispute', types: disputeTypes, fact: disputeFact },
  { kind: 'checkout.session', types: [[checkoutCompleted, 'payments.checkout.completed']], fact: checkoutFact },
  { kind: 'payout', types: payoutTypes, fact: payoutFact },
];

export const stripeMappings: readonly EventMapping[] = mappingsOf(objects);

/** What an event is read with, by its name. */
export const stripeFacts: ReadonlyMap<string, ObjectFacts> = factsByName(objects);

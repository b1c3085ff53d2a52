import { factsByName, mappingsOf, type ObjectFacts } from '../contract/object-event.ts';
import type { EventMapping } from '../contract/provider.ts';
import { chargeFact, chargeTypes, paymentOf } from './charge.ts';
import { checkoutFact, checkoutTypes } from './checkout.ts';
import { customerFact, customerTypes } from './customer.ts';
import { disputeFact, disputeTypes } from './dispute.ts';
import { invoiceFact, invoiceTypes, upcomingInvoice } from './invoice.ts';
import { paymentFact, paymentTypes } from './payment.ts';
import { payoutFact, payoutTypes } from './payout.ts';
import { refundFact, refundTypes } from './refund.ts';
import { subscriptionFact, subscriptionTypes } from './subscription.ts';

const objects: readonly ObjectFacts[] = [
  { kind: 'payment_intent', types: paymentTypes, fact: paymentFact },
  { kind: 'charge', types: chargeTypes, fact: chargeFact, about: paymentOf },
  { kind: 'customer', types: customerTypes, fact: customerFact },
  { kind: 'invoice', types: invoiceTypes, fact: invoiceFact, about: upcomingInvoice },
  { kind: 'subscription', types: subscriptionTypes, fact: subscriptionFact },
  { kind: 'refund', types: refundTypes, fact: refundFact },
  { kind: 'dispute', types: disputeTypes, fact: disputeFact },
  { kind: 'checkout.session', types: checkoutTypes, fact: checkoutFact },
  { kind: 'payout', types: payoutTypes, fact: payoutFact },
];

export const stripeMappings: readonly EventMapping[] = mappingsOf(objects);

/** What an event is read with, by its name. */
export const stripeFacts: ReadonlyMap<string, ObjectFacts> = factsByName(objects);

import type { EntityRef, ExactObject } from '@trunkline/events';

import { factsByName, mappingsOf, type ObjectFacts } from '../contract/object-event.ts';
import type { EventMapping } from '../contract/provider.ts';
import { usableId } from '../contract/usable-id.ts';
import { customerFact, customerTypes } from './customer.ts';
import { disputeFact, disputeTypes } from './dispute.ts';
import {
  checkoutFact,
  checkoutTypes,
  draftFact,
  draftTypes,
  fulfillmentFact,
  fulfillmentTypes,
  orderFact,
  orderTypes,
} from './order.ts';
import { refundFact, refundTypes } from './refund.ts';
import { attemptFact, attemptTypes, contractFact, contractOf, contractTypes } from './subscription.ts';
import { transactionFact, transactionTypes } from './transaction.ts';

/** How the deliveries about one kind of object are read; their names are topics. */
export interface TopicFacts extends ObjectFacts {
  /** Members that say when it happened, the best first. */
  readonly times: readonly string[];
}

const objects: readonly TopicFacts[] = [
  { kind: 'order', types: orderTypes, fact: orderFact, times: ['updated_at'] },
  { kind: 'checkout', types: checkoutTypes, fact: checkoutFact, times: ['updated_at', 'created_at'] },
  { kind: 'draft_order', types: draftTypes, fact: draftFact, times: ['updated_at', 'created_at'] },
  {
    kind: 'fulfillment',
    types: fulfillmentTypes,
    fact: fulfillmentFact,
    about: orderOf,
    times: ['updated_at', 'created_at'],
  },
  { kind: 'customer', types: customerTypes, fact: customerFact, times: ['updated_at', 'created_at'] },
  {
    kind: 'order_transaction',
    types: transactionTypes,
    fact: transactionFact,
    times: ['processed_at', 'created_at'],
  },
  { kind: 'refund', types: refundTypes, fact: refundFact, times: ['processed_at', 'created_at'] },
  // Their bodies say when they began, not when they changed.
  { kind: 'dispute', types: disputeTypes, fact: disputeFact, times: ['finalized_on'] },
  { kind: 'subscription_contract', types: contractTypes, fact: contractFact, times: [] },
  { kind: 'subscription_billing_attempt', types: attemptTypes, fact: attemptFact, about: contractOf, times: [] },
];

function orderOf(fulfillment: ExactObject): EntityRef | undefined {
  const id = usableId(fulfillment['order_id']);
  return id === undefined ? undefined : { kind: 'order', id };
}

export const shopifyMappings: readonly EventMapping[] = mappingsOf(objects);

/** What a delivery is read with, by its topic. */
export const shopifyTopics: ReadonlyMap<string, TopicFacts> = factsByName(objects);

/** When anything else happened. */
export const usualTimes: readonly string[] = ['updated_at', 'processed_at', 'created_at'];

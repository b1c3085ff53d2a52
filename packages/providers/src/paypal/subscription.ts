import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';
import { attachedOf, readMoneyCurrency } from './values.ts';

type SubscriptionType = EventTypeOf<'payments.subscription.v1'>;

/** BILLING.SUBSCRIPTION.PAYMENT.FAILED names no state of the subscription and is passed on. */
export const subscriptionTypes: readonly (readonly [name: string, type: SubscriptionType])[] = [
  ['BILLING.SUBSCRIPTION.CREATED', 'payments.subscription.created'],
  ['BILLING.SUBSCRIPTION.ACTIVATED', 'payments.subscription.updated'],
  ['BILLING.SUBSCRIPTION.UPDATED', 'payments.subscription.updated'],
  ['BILLING.SUBSCRIPTION.SUSPENDED', 'payments.subscription.updated'],
  ['BILLING.SUBSCRIPTION.CANCELLED', 'payments.subscription.canceled'],
  // It has run its course: over, as after a cancellation. (`expired` is for what never began.)
  ['BILLING.SUBSCRIPTION.EXPIRED', 'payments.subscription.canceled'],
];
const typeOf: ReadonlyMap<string, SubscriptionType> = new Map(subscriptionTypes);

const wordOf: ReadonlyMap<string, string> = new Map([
  ['APPROVAL_PENDING', 'pending'],
  ['APPROVED', 'pending'],
  ['ACTIVE', 'active'],
  ['SUSPENDED', 'paused'],
  ['CANCELLED', 'canceled'],
  ['EXPIRED', 'canceled'],
]);

export function subscriptionFact(subscription: ExactObject, name: string): SnapshotFact | undefined {
  const type = typeOf.get(name);
  if (type === undefined) return undefined;
  const status = readText(subscription['status']);
  const reader = new SnapshotReader('payments.subscription.v1', subscription);
  reader.state('status', 'status', (value) => wordOf.get(readText(value) ?? ''));
  reader.state('providerStatus', 'status', readText);
  reader.state('customerId', 'subscriber.payer_id', readText);
  stateItems(reader, subscription);
  reader.state('currency', 'billing_info.outstanding_balance', readMoneyCurrency);
  reader.state('startedAt', 'start_time', readInstant);
  if (status === 'CANCELLED') reader.state('canceledAt', 'status_update_time', readInstant);
  if (status === 'CANCELLED' || status === 'EXPIRED') reader.state('endedAt', 'status_update_time', readInstant);
  reader.say('attributesJson', attachedOf(subscription));
  reader.state('createdAt', 'create_time', readInstant);
  return reader.fact(type, wordOf.get(status ?? '') === 'canceled' ? 1 : undefined);
}

/** A subscription bills one plan; its quantity is text. */
function stateItems(reader: SnapshotReader<'payments.subscription.v1'>, subscription: ExactObject): void {
  const priceId = readText(subscription['plan_id']);
  if (priceId === undefined) return;
  const quantity = readText(subscription['quantity']);
  const item = {
    itemId: null,
    priceId,
    productId: null,
    quantity: quantity !== undefined && /^\d{1,15}$/.test(quantity) ? Number(quantity) : null,
    unitAmount: null,
    billingInterval: null,
    billingIntervalCount: null,
  };
  reader.say('items', [item]);
  reader.say('itemsTruncated', false);
}

import type { EntityRef, EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { readMailAddress } from '../contract/mail-address.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readDecimal } from '../contract/text-values.ts';
import { readInstant } from '../contract/times.ts';
import { readCount, readText } from '../contract/values.ts';
import { attachedOf, readMoneyCurrency } from './values.ts';

type SubscriptionReader = SnapshotReader<'payments.subscription.v1'>;
type SubscriptionType = EventTypeOf<'payments.subscription.v1'>;

export const subscriptionTypes: readonly (readonly [name: string, type: SubscriptionType])[] = [
  ['BILLING.SUBSCRIPTION.CREATED', 'payments.subscription.created'],
  ['BILLING.SUBSCRIPTION.ACTIVATED', 'payments.subscription.updated'],
  ['BILLING.SUBSCRIPTION.RE-ACTIVATED', 'payments.subscription.updated'],
  ['BILLING.SUBSCRIPTION.UPDATED', 'payments.subscription.updated'],
  ['BILLING.SUBSCRIPTION.PAYMENT.FAILED', 'payments.subscription.payment_failed'],
  ['BILLING.SUBSCRIPTION.SUSPENDED', 'payments.subscription.updated'],
  ['BILLING.SUBSCRIPTION.CANCELLED', 'payments.subscription.canceled'],
  // It has run its course: over, as after a cancellation. (`expired` is for what never began.)
  ['BILLING.SUBSCRIPTION.EXPIRED', 'payments.subscription.canceled'],
];
const typeOf: ReadonlyMap<string, SubscriptionType> = new Map(subscriptionTypes);

const wordOf: ReadonlyMap<string, string> = new Map([
  ['APPROVAL_PENDING', 'pending'],
  ['APPROVED', 'pending'],
  ['PENDING', 'pending'],
  ['ACTIVE', 'active'],
  ['SUSPENDED', 'paused'],
  ['CANCELLED', 'canceled'],
  ['EXPIRED', 'canceled'],
]);

/** Billing agreements are what PayPal's first API calls subscriptions: the same object under the same id. */
export function subscriptionOf(resource: ExactObject): EntityRef | undefined {
  const id = textMember(resource, 'id');
  return id === undefined ? undefined : { kind: 'subscription', id };
}

export function subscriptionFact(resource: ExactObject, name: string): SnapshotFact | undefined {
  const type = typeOf.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.subscription.v1', resource);
  const isAgreement = resource['status'] === undefined && resource['state'] !== undefined;
  const status = readStatus(resource[isAgreement ? 'state' : 'status']);
  reader.state('status', isAgreement ? 'state' : 'status', (value) => wordOf.get(readStatus(value) ?? ''));
  reader.state('providerStatus', isAgreement ? 'state' : 'status', readText);
  if (isAgreement) stateAgreement(reader);
  else stateSubscription(reader, resource);
  if (status === 'CANCELLED') reader.state('canceledAt', 'status_update_time', readInstant);
  if (status === 'CANCELLED' || status === 'EXPIRED') reader.state('endedAt', 'status_update_time', readInstant);
  reader.say('attributesJson', attachedOf(resource));
  reader.state('createdAt', 'create_time', readInstant);
  return reader.fact(type, wordOf.get(status ?? '') === 'canceled' ? 1 : undefined);
}

function stateSubscription(reader: SubscriptionReader, subscription: ExactObject): void {
  reader.state('customerId', 'subscriber.payer_id', readText);
  reader.state('customerEmail', 'subscriber.email_address', readMailAddress);
  stateItems(reader, subscription);
  reader.state('currency', 'billing_info.outstanding_balance', readMoneyCurrency);
  reader.state('startedAt', 'start_time', readInstant);
  reader.state('nextBillingAt', 'billing_info.next_billing_time', readInstant);
  reader.state('failedPaymentCount', 'billing_info.failed_payments_count', readCount);
  if (readCount(reader.find('billing_info.failed_payments_count')) === 0) reader.say('failureCode', null);
  else reader.state('failureCode', 'billing_info.last_failed_payment.reason_code', readText);
}

function stateAgreement(reader: SubscriptionReader): void {
  reader.state('customerId', 'payer.payer_info.payer_id', readText);
  reader.state('customerEmail', 'payer.payer_info.email', readMailAddress);
  reader.state('startedAt', 'start_date', readInstant);
  reader.state('nextBillingAt', 'agreement_details.next_billing_date', readInstant);
  reader.state('failedPaymentCount', 'agreement_details.failed_payment_count', (count) => readDecimal(count));
}

/** Agreements write `Active`, and some messages `Canceled`. */
function readStatus(value: ExactJson | undefined): string | undefined {
  return readText(value)
    ?.toUpperCase()
    .replace(/^CANCELED$/, 'CANCELLED');
}

/** A subscription bills one plan; its quantity is text. */
function stateItems(reader: SubscriptionReader, subscription: ExactObject): void {
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

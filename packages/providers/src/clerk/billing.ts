import type { EventTypeOf, ExactJson, ExactObject, PayloadOf } from '@trunkline/events';

import { member, objectMember, textMember, wholeNumber } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readMilliseconds } from '../contract/times.ts';
import { readCount, readCurrency, readId, readList, readText } from '../contract/values.ts';

type SubscriptionItem = NonNullable<NonNullable<PayloadOf<'payments.subscription.v1'>['items']>[number]>;

/** What the schema says that a list of items holds at most. */
const maxItems = 100;

/**
 * https://clerk.com/docs/billing/events-webhooks. A subscription is all that one payer has, an item is one plan of it,
 * with a state of its own: the first is active for as long as any item is, the free plan included.
 */
const statuses: ReadonlyMap<string, string> = new Map([
  ['active', 'active'],
  ['past_due', 'past_due'],
  ['upcoming', 'pending'],
  ['incomplete', 'pending'],
  // What is canceled is used until its period ends.
  ['canceled', 'active'],
  ['ended', 'canceled'],
  ['abandoned', 'expired'],
]);

export function subscriptionFact(subscription: ExactObject, action: string): SnapshotFact {
  const reader = new SnapshotReader('payments.subscription.v1', subscription);
  reader.state('status', 'status', readStatus);
  reader.state('providerStatus', 'status', readText);
  reader.state('customerId', subscription['payer_id'] === undefined ? 'payer.id' : 'payer_id', readId);
  reader.state('items', 'items', (items) => readList(items)?.slice(0, maxItems).map(itemOf));
  reader.state('itemsTruncated', 'items', (items) => (readList(items)?.length ?? 0) > maxItems);
  reader.say('currency', currencyOf(readList(subscription['items']) ?? []));
  reader.state('paymentMethodId', 'payment_source_id', readId);
  reader.state('startedAt', 'active_at', readMilliseconds);
  reader.state('canceledAt', 'canceled_at', readMilliseconds);
  reader.state('endedAt', 'ended_at', readMilliseconds);
  reader.state('createdAt', 'created_at', readMilliseconds);
  return reader.fact(action === 'created' ? 'payments.subscription.created' : 'payments.subscription.updated');
}

/** An item is told as what it is to its payer: a subscription to one plan. */
export function subscriptionItemFact(item: ExactObject, action: string): SnapshotFact {
  const reader = new SnapshotReader('payments.subscription.v1', item);
  reader.state('status', 'status', readStatus);
  reader.state('providerStatus', 'status', readText);
  reader.state('customerId', 'payer.id', readId);
  reader.say('items', [itemOf(item)]);
  reader.say('itemsTruncated', false);
  reader.say('currency', currencyOf([item]));
  reader.state('currentPeriodStartsAt', 'period_start', readMilliseconds);
  reader.state('currentPeriodEndsAt', 'period_end', readMilliseconds);
  reader.state('canceledAt', 'canceled_at', readMilliseconds);
  reader.state('createdAt', 'created_at', readMilliseconds);
  if (action === 'canceled') {
    reader.say('cancelAtPeriodEnd', true);
    reader.state('cancelAt', 'period_end', readMilliseconds);
  }
  if (action === 'ended') return reader.fact('payments.subscription.canceled');
  // What never began begins no more.
  if (action === 'abandoned') return reader.fact('payments.subscription.updated', 1);
  return reader.fact(action === 'created' ? 'payments.subscription.created' : 'payments.subscription.updated');
}

type PaymentType = EventTypeOf<'payments.payment.v1'>;

const paymentTypes: ReadonlyMap<string, PaymentType> = new Map([
  ['pending', 'payments.payment.processing'],
  ['paid', 'payments.payment.succeeded'],
  ['failed', 'payments.payment.failed'],
]);

/** Every attempt of one payment tells of the same payment. Undefined for a status that is not in the table. */
export function paymentFact(attempt: ExactObject): SnapshotFact | undefined {
  const word = textMember(attempt, 'status') ?? '';
  const type = paymentTypes.get(word);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.payment.v1', attempt);
  reader.say('status', type.slice('payments.payment.'.length));
  reader.say('providerStatus', word);
  reader.state('amount', 'totals.grand_total.amount', wholeNumber);
  if (word === 'paid') reader.state('amountReceived', 'totals.grand_total.amount', wholeNumber);
  reader.state('currency', 'totals.grand_total.currency', readCurrency);
  reader.state('customerId', 'payer.id', readId);
  reader.state('paymentMethodId', 'payment_source.id', readId);
  reader.state('paymentMethodType', 'payment_source.payment_method', readText);
  reader.state('chargeId', 'gateway_external_id', readId);
  reader.state('invoiceId', 'statement_id', readId);
  reader.state('failureCode', 'failed_reason.code', readText);
  reader.state('failureReason', 'failed_reason.decline_code', readText);
  reader.state('createdAt', 'created_at', readMilliseconds);
  return reader.fact(type);
}

function readStatus(value: ExactJson): string | undefined {
  return typeof value === 'string' ? statuses.get(value) : undefined;
}

function itemOf(item: ExactJson): SubscriptionItem {
  const plan = objectMember(item, 'plan');
  return {
    itemId: readId(member(item, 'id')) ?? null,
    priceId: readId(member(item, 'plan_id')) ?? readId(member(plan, 'id')) ?? null,
    productId: readId(member(plan, 'product_id')) ?? null,
    quantity: 1,
    unitAmount: readCount(member(objectMember(item, 'amount'), 'amount')) ?? readCount(member(plan, 'amount')) ?? null,
    billingInterval: intervalOf(item) ?? null,
    billingIntervalCount: null,
  };
}

function intervalOf(item: ExactJson): string | undefined {
  const word = readText(member(item, 'interval')) ?? readText(member(item, 'plan_period'));
  return word === 'annual' ? 'year' : word;
}

/** The one currency of all items; undefined where they have several or none. */
function currencyOf(items: readonly ExactJson[]): string | undefined {
  const currencies = new Set(
    items.map((item) => readCurrency(member(objectMember(item, 'amount') ?? objectMember(item, 'plan'), 'currency'))),
  );
  return currencies.size === 1 ? [...currencies][0] : undefined;
}

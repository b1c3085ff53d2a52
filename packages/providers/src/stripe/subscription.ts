import type { EventTypeOf, ExactJson, ExactObject, PayloadOf } from '@trunkline/events';

import { member, wholeNumber } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCount, readCurrency, readFlag, readList, readText } from '../contract/values.ts';
import { amountReader, readReference } from './values.ts';

type SubscriptionType = EventTypeOf<'payments.subscription.v1'>;
type SubscriptionReader = SnapshotReader<'payments.subscription.v1'>;
type Item = NonNullable<PayloadOf<'payments.subscription.v1'>['items']>[number];

/** Paused and resumed tell the change of status again that an `updated` beside them tells: the same fields. */
export const subscriptionTypes: ReadonlyMap<string, SubscriptionType> = new Map([
  ['customer.subscription.created', 'payments.subscription.created'],
  ['customer.subscription.updated', 'payments.subscription.updated'],
  ['customer.subscription.paused', 'payments.subscription.updated'],
  ['customer.subscription.resumed', 'payments.subscription.updated'],
  ['customer.subscription.trial_will_end', 'payments.subscription.trial_will_end'],
  ['customer.subscription.deleted', 'payments.subscription.canceled'],
]);

const wordOf: ReadonlyMap<string, string> = new Map([
  ['incomplete', 'pending'],
  ['trialing', 'trialing'],
  ['active', 'active'],
  ['past_due', 'past_due'],
  ['unpaid', 'unpaid'],
  ['paused', 'paused'],
  ['canceled', 'canceled'],
  ['incomplete_expired', 'expired'],
]);

/** Stripe documents no way back from these. */
const finalStatuses: ReadonlySet<string> = new Set(['canceled', 'incomplete_expired']);

/** What the schema says that `items` holds at most. */
const maxItems = 100;

export function subscriptionFact(subscription: ExactObject, name: string): SnapshotFact | undefined {
  const type = subscriptionTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.subscription.v1', subscription);
  reader.state('status', 'status', (status) => wordOf.get(readText(status) ?? ''));
  reader.state('providerStatus', 'status', readText);
  reader.state('customerId', 'customer', readReference);
  stateItems(reader, subscription);
  reader.state('currency', 'currency', readCurrency);
  reader.state('collectionMethod', 'collection_method', readText);
  reader.state('paymentMethodId', 'default_payment_method', readReference);
  reader.state('latestInvoiceId', 'latest_invoice', readReference);
  reader.state('cancelAtPeriodEnd', 'cancel_at_period_end', readFlag);
  reader.state('cancelAt', 'cancel_at', readSeconds);
  reader.state('cancellationReason', 'cancellation_details.reason', readText);
  reader.state('startedAt', 'start_date', readSeconds);
  reader.state('trialStartsAt', 'trial_start', readSeconds);
  reader.state('trialEndsAt', 'trial_end', readSeconds);
  statePeriod(reader, subscription);
  reader.state('canceledAt', 'canceled_at', readSeconds);
  reader.state('endedAt', 'ended_at', readSeconds);
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
  return reader.fact(type, finalStatuses.has(readText(subscription['status']) ?? '') ? 1 : undefined);
}

function itemsOf(subscription: ExactObject): readonly ExactJson[] | undefined {
  return readList(member(subscription['items'], 'data'));
}

function stateItems(reader: SubscriptionReader, subscription: ExactObject): void {
  const items = itemsOf(subscription);
  if (items === undefined) return;
  const readAmount = amountReader(subscription['currency']);
  reader.say(
    'items',
    items.slice(0, maxItems).map((item) => itemOf(item, readAmount)),
  );
  reader.say('itemsTruncated', items.length > maxItems || member(subscription['items'], 'has_more') === true);
}

function itemOf(item: ExactJson, readAmount: ReturnType<typeof amountReader>): Item {
  const price = member(item, 'price');
  const recurring = member(price, 'recurring');
  return {
    itemId: readReference(member(item, 'id')) ?? null,
    priceId: readReference(price) ?? null,
    productId: readReference(member(price, 'product')) ?? null,
    quantity: wholeNumber(member(item, 'quantity')) ?? null,
    // Null there as well where the price has tiers or is a fraction of a minor unit.
    unitAmount: readAmount(member(price, 'unit_amount')) ?? null,
    billingInterval: readText(member(recurring, 'interval')) ?? null,
    billingIntervalCount: readCount(member(recurring, 'interval_count')) ?? null,
  };
}

/** In the subscription until 2025-03-31.basil; since then each item has its own, and the earliest end counts. */
function statePeriod(reader: SubscriptionReader, subscription: ExactObject): void {
  if ('current_period_end' in subscription) {
    reader.state('currentPeriodStartsAt', 'current_period_start', readSeconds);
    reader.state('currentPeriodEndsAt', 'current_period_end', readSeconds);
    return;
  }
  // With more items elsewhere the earliest end is not known.
  if (member(subscription['items'], 'has_more') !== false) return;
  let earliest: { readonly start: number; readonly end: number } | undefined;
  for (const item of itemsOf(subscription) ?? []) {
    const start = readSeconds(member(item, 'current_period_start'));
    const end = readSeconds(member(item, 'current_period_end'));
    if (start === undefined || end === undefined) return;
    if (earliest === undefined || end < earliest.end) earliest = { start, end };
  }
  reader.say('currentPeriodStartsAt', earliest?.start);
  reader.say('currentPeriodEndsAt', earliest?.end);
}

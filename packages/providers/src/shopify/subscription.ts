import type { EntityRef, EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { usableId } from '../contract/usable-id.ts';
import { readCurrency, readId, readText } from '../contract/values.ts';

type SubscriptionType = EventTypeOf<'payments.subscription.v1'>;

export const contractTypes: readonly (readonly [topic: string, type: SubscriptionType])[] = [
  ['subscription_contracts/create', 'payments.subscription.created'],
  ['subscription_contracts/update', 'payments.subscription.updated'],
  ['subscription_contracts/update', 'payments.subscription.canceled'],
];

const wordOf: ReadonlyMap<string, string> = new Map([
  ['active', 'active'],
  ['paused', 'paused'],
  ['failed', 'unpaid'],
  ['cancelled', 'canceled'],
  ['expired', 'canceled'],
]);

export function contractFact(contract: ExactObject, topic: string): SnapshotFact {
  const reader = new SnapshotReader('payments.subscription.v1', contract);
  const word = wordOf.get(readText(contract['status'])?.toLowerCase() ?? '');
  if (word === undefined) reader.flaw('status');
  reader.say('status', word);
  reader.state('providerStatus', 'status', readText);
  reader.state('customerId', 'customer_id', readId);
  reader.state('currency', 'currency_code', readCurrency);
  if (topic === 'subscription_contracts/create') return reader.fact('payments.subscription.created');
  return reader.fact(word === 'canceled' ? 'payments.subscription.canceled' : 'payments.subscription.updated');
}

export const attemptTypes: readonly (readonly [topic: string, type: SubscriptionType])[] = [
  ['subscription_billing_attempts/success', 'payments.subscription.payment_succeeded'],
  ['subscription_billing_attempts/failure', 'payments.subscription.payment_failed'],
  ['subscription_billing_attempts/challenged', 'payments.subscription.payment_failed'],
];

/** An attempt to bill tells of its contract; the order that comes of it is told by orders/create. */
export function contractOf(attempt: ExactObject): EntityRef | undefined {
  const id = usableId(attempt['subscription_contract_id']);
  return id === undefined ? undefined : { kind: 'subscription_contract', id };
}

export function attemptFact(attempt: ExactObject, topic: string): SnapshotFact {
  const reader = new SnapshotReader('payments.subscription.v1', attempt);
  if (topic === 'subscription_billing_attempts/success') {
    reader.say('failureCode', null);
    return reader.fact('payments.subscription.payment_succeeded');
  }
  // A challenged one waits for the payer to prove who they are.
  const isChallenged = topic === 'subscription_billing_attempts/challenged';
  reader.say('failureCode', readText(attempt['error_code']) ?? (isChallenged ? 'challenged' : undefined));
  return reader.fact('payments.subscription.payment_failed');
}

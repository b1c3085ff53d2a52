import type { EntityRef, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readId, readText } from '../contract/values.ts';
import { linkedId } from './values.ts';

/** An authorization covers an order and moves no money: it is no payment, and the capture that follows names the order. */
export const authorizationTypes: readonly (readonly [name: string, type: 'payments.checkout.updated'])[] = [
  ['PAYMENT.AUTHORIZATION.CREATED', 'payments.checkout.updated'],
  ['PAYMENT.AUTHORIZATION.VOIDED', 'payments.checkout.updated'],
];

const wordOf: ReadonlyMap<string, string> = new Map([
  ['CREATED', 'authorized'],
  ['PARTIALLY_CREATED', 'authorized'],
  ['PENDING', 'unpaid'],
  ['VOIDED', 'unpaid'],
  ['EXPIRED', 'unpaid'],
  ['DENIED', 'failed'],
  ['CAPTURED', 'paid'],
  ['PARTIALLY_CAPTURED', 'authorized'],
]);

/** The order that is covered; PayPal's first API has none. */
export function orderOf(authorization: ExactObject): EntityRef | undefined {
  const reader = new SnapshotReader('payments.checkout.v1', authorization);
  const id =
    readId(reader.find('supplementary_data.related_ids.order_id')) ??
    linkedId(authorization, 'up', '/v2/checkout/orders');
  return id === undefined ? undefined : { kind: 'checkout-order', id };
}

export function authorizationFact(authorization: ExactObject): SnapshotFact | undefined {
  if (orderOf(authorization) === undefined) return undefined;
  const reader = new SnapshotReader('payments.checkout.v1', authorization);
  reader.state('paymentStatus', 'status', (status) => wordOf.get(readText(status) ?? ''));
  return reader.fact('payments.checkout.updated');
}

import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { minorUnits } from '../contract/money.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readCurrency, readId, readText } from '../contract/values.ts';
import { isLive, readLast4 } from './values.ts';

type PaymentType = EventTypeOf<'payments.payment.v1'>;

/** Only these move money from the buyer: authorizations and voids do not, and refunds are told by refunds/create. */
const payingKinds: ReadonlySet<string> = new Set(['sale', 'capture']);

const typeOfStatus: ReadonlyMap<string, PaymentType> = new Map([
  ['pending', 'payments.payment.processing'],
  ['success', 'payments.payment.succeeded'],
  ['failure', 'payments.payment.failed'],
  ['error', 'payments.payment.failed'],
]);

export const transactionTypes: readonly (readonly [topic: string, type: PaymentType])[] = [
  ...new Set(typeOfStatus.values()),
].map((type) => ['order_transactions/create', type]);

/** A transaction of an order as a payment of its own; undefined where it is none. */
export function transactionFact(transaction: ExactObject): SnapshotFact | undefined {
  const type = typeOfStatus.get(readText(transaction['status']) ?? '');
  if (type === undefined || !payingKinds.has(readText(transaction['kind']) ?? '')) return undefined;
  const reader = new SnapshotReader('payments.payment.v1', transaction);
  const currency = readCurrency(transaction['currency']);
  reader.say('status', type.slice('payments.payment.'.length));
  reader.state('providerStatus', 'status', readText);
  reader.state('amount', 'amount', (value: ExactJson) => minorUnits(value, currency));
  reader.state('currency', 'currency', readCurrency);
  reader.state('cardBrand', 'payment_details.credit_card_company', readText);
  reader.state('cardLast4', 'payment_details.credit_card_number', readLast4);
  reader.state('failureCode', 'error_code', readText);
  reader.state('chargeId', 'id', readId);
  reader.state('orderId', 'order_id', readId);
  reader.state('livemode', 'test', isLive);
  reader.state('createdAt', 'created_at', readInstant);
  return reader.fact(type);
}

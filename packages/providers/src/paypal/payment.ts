import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';
import { attachedOf, readMoney, readMoneyCurrency, readMoneyIn } from './values.ts';

type PaymentType = EventTypeOf<'payments.payment.v1'>;
type PaymentReader = SnapshotReader<'payments.payment.v1'>;

/** A payment of an order is a capture. */
export const captureTypes: readonly (readonly [name: string, type: PaymentType])[] = [
  ['PAYMENT.CAPTURE.PENDING', 'payments.payment.processing'],
  ['PAYMENT.CAPTURE.COMPLETED', 'payments.payment.succeeded'],
  ['PAYMENT.CAPTURE.DENIED', 'payments.payment.failed'],
  ['PAYMENT.CAPTURE.DECLINED', 'payments.payment.failed'],
];
const typeOfCapture: ReadonlyMap<string, PaymentType> = new Map(captureTypes);

export function captureFact(capture: ExactObject, name: string): SnapshotFact | undefined {
  const type = typeOfCapture.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.payment.v1', capture);
  stateCommon(reader, capture, type);
  reader.state('providerStatus', capture['status'] === undefined ? 'state' : 'status', readText);
  // Of a pending capture the reason says what it waits for, and nothing failed.
  if (type === 'payments.payment.failed') {
    reader.state('failureCode', 'processor_response.response_code', readText);
    reader.state('failureReason', 'status_details.reason', readText);
  }
  const currency = readMoneyCurrency(capture['amount']);
  reader.say('feeAmount', readMoneyIn(currency, reader.find('seller_receivable_breakdown.paypal_fee')));
  reader.say('netAmount', readMoneyIn(currency, reader.find('seller_receivable_breakdown.net_amount')));
  reader.state('orderId', 'supplementary_data.related_ids.order_id', readText);
  return reader.fact(type);
}

/** Each payment of a subscription is a sale, an object of PayPal's first API. */
export const saleTypes: readonly (readonly [name: string, type: PaymentType])[] = [
  ['PAYMENT.SALE.PENDING', 'payments.payment.processing'],
  ['PAYMENT.SALE.COMPLETED', 'payments.payment.succeeded'],
  ['PAYMENT.SALE.DENIED', 'payments.payment.failed'],
];
const typeOfSale: ReadonlyMap<string, PaymentType> = new Map(saleTypes);

export function saleFact(sale: ExactObject, name: string): SnapshotFact | undefined {
  const type = typeOfSale.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.payment.v1', sale);
  stateCommon(reader, sale, type);
  reader.state('providerStatus', 'state', readText);
  if (type === 'payments.payment.failed') reader.state('failureReason', 'reason_code', readText);
  const amount = readMoney(sale['amount']);
  const fee = readMoneyIn(readMoneyCurrency(sale['amount']), sale['transaction_fee']);
  reader.say('feeAmount', fee);
  if (amount !== undefined && fee !== undefined) reader.say('netAmount', amount - fee);
  reader.state('subscriptionId', 'billing_agreement_id', readText);
  return reader.fact(type);
}

function stateCommon(reader: PaymentReader, payment: ExactObject, type: PaymentType): void {
  reader.say('status', type.slice('payments.payment.'.length));
  reader.state('amount', 'amount', readMoney);
  reader.state('currency', 'amount', readMoneyCurrency);
  reader.state('chargeId', 'id', readText);
  reader.say('attributesJson', attachedOf(payment));
  reader.state('createdAt', 'create_time', readInstant);
}

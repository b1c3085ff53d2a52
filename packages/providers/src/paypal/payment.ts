import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readList, readText } from '../contract/values.ts';
import { attachedOf, readMoney, readMoneyCurrency } from './values.ts';

type PaymentType = EventTypeOf<'payments.payment.v1'>;
type RefundType = EventTypeOf<'payments.refund.v1'>;

/** A payment is a capture. Subscriptions are still paid by `sale` objects, which are passed on. */
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
  reader.say('status', type.slice('payments.payment.'.length));
  reader.state('providerStatus', 'status', readText);
  reader.state('amount', 'amount', readMoney);
  reader.state('currency', 'amount', readMoneyCurrency);
  // Of a pending capture the reason says what it waits for, and nothing failed.
  if (type === 'payments.payment.failed') reader.state('failureReason', 'status_details.reason', readText);
  reader.state('chargeId', 'id', readText);
  reader.state('orderId', 'supplementary_data.related_ids.order_id', readText);
  reader.say('attributesJson', attachedOf(capture));
  reader.state('createdAt', 'create_time', readInstant);
  return reader.fact(type);
}

const refundName = 'PAYMENT.CAPTURE.REFUNDED';

export const refundTypes: readonly (readonly [name: string, type: RefundType])[] = [
  [refundName, 'payments.refund.created'],
  [refundName, 'payments.refund.succeeded'],
  [refundName, 'payments.refund.failed'],
];

const typeOfStatus: ReadonlyMap<string, RefundType> = new Map([
  ['COMPLETED', 'payments.refund.succeeded'],
  ['FAILED', 'payments.refund.failed'],
  ['CANCELLED', 'payments.refund.failed'],
]);

export function refundFact(refund: ExactObject): SnapshotFact {
  const type = typeOfStatus.get(readText(refund['status']) ?? '') ?? 'payments.refund.created';
  const reader = new SnapshotReader('payments.refund.v1', refund);
  const captureId = captureOf(refund);
  reader.say('status', type.slice('payments.refund.'.length));
  reader.state('providerStatus', 'status', readText);
  reader.state('amount', 'amount', readMoney);
  reader.state('currency', 'amount', readMoneyCurrency);
  reader.say('paymentId', captureId);
  reader.say('chargeId', captureId);
  if (type === 'payments.refund.failed') reader.state('failureReason', 'status_details.reason', readText);
  reader.say('attributesJson', attachedOf(refund));
  reader.state('createdAt', 'create_time', readInstant);
  return reader.fact(type);
}

/** A refund names its capture in the link upwards only. */
function captureOf(refund: ExactObject): string | undefined {
  const up = readList(refund['links'])?.find((link) => member(link, 'rel') === 'up');
  return /\/v2\/payments\/captures\/([A-Z0-9]{1,64})$/.exec(readText(member(up, 'href')) ?? '')?.[1];
}

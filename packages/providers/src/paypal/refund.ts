import type { EntityRef, EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readText } from '../contract/values.ts';
import { attachedOf, linkedId, readMoney, readMoneyCurrency, readMoneyIn } from './values.ts';

type RefundType = EventTypeOf<'payments.refund.v1'>;

const created: RefundType = 'payments.refund.created';
const succeeded: RefundType = 'payments.refund.succeeded';
const failed: RefundType = 'payments.refund.failed';

/** Money that went back: the merchant gave it (REFUNDED), or the payer's bank or PayPal took it (REVERSED). */
export const refundTypes: readonly (readonly [name: string, type: RefundType])[] = [
  ['PAYMENT.CAPTURE.REFUNDED', created],
  ['PAYMENT.CAPTURE.REFUNDED', succeeded],
  ['PAYMENT.CAPTURE.REFUNDED', failed],
  ['PAYMENT.CAPTURE.REVERSED', succeeded],
  ['PAYMENT.SALE.REFUNDED', created],
  ['PAYMENT.SALE.REFUNDED', succeeded],
  ['PAYMENT.SALE.REFUNDED', failed],
  ['PAYMENT.SALE.REVERSED', succeeded],
];

const typeOfStatus: ReadonlyMap<string, RefundType> = new Map([
  ['COMPLETED', succeeded],
  ['FAILED', failed],
  ['CANCELLED', failed],
]);

/**
 * A refund, whatever the message calls its resource: of a sale it says `sale` and carries the refund. A reversal may carry
 * the payment itself; it is one of its own then, with the payment's id.
 */
export function refundOf(resource: ExactObject): EntityRef | undefined {
  const id = textMember(resource, 'id');
  if (id === undefined) return undefined;
  return { kind: isPayment(resource) ? 'reversal' : 'refund', id };
}

/** A payment names itself as one in its links; without links its amount is not negative and names no sale. */
function isPayment(resource: ExactObject): boolean {
  const isRefund =
    ['/refund', '/refunds'].some((path) => linkedId(resource, 'self', path) !== undefined) ||
    resource['sale_id'] !== undefined ||
    resource['seller_payable_breakdown'] !== undefined ||
    (readMoney(resource['amount']) ?? 0) < 0;
  if (isRefund) return false;
  return resource['state'] === 'reversed' || ['/sale', '/captures'].some((path) => linkedId(resource, 'self', path));
}

export function refundFact(resource: ExactObject, name: string): SnapshotFact {
  const isReversal = name.endsWith('.REVERSED');
  const status = (readText(resource['status']) ?? readText(resource['state']) ?? '').toUpperCase();
  const type = isReversal ? succeeded : (typeOfStatus.get(status) ?? created);
  const reader = new SnapshotReader('payments.refund.v1', resource);
  const paymentId = isPayment(resource) ? textMember(resource, 'id') : paymentOf(resource);
  reader.say('status', type.slice('payments.refund.'.length));
  reader.state('providerStatus', resource['status'] === undefined ? 'state' : 'status', readText);
  reader.state('amount', 'amount', readAmount);
  reader.state('currency', 'amount', readMoneyCurrency);
  reader.say('paymentId', paymentId);
  reader.say('chargeId', paymentId);
  if (isReversal) reader.say('reason', 'reversed');
  if (type === failed) reader.state('failureReason', 'status_details.reason', readText);
  const currency = readMoneyCurrency(resource['amount']);
  reader.say('feeAmount', readMoneyIn(currency, reader.find('seller_payable_breakdown.paypal_fee')));
  reader.say('netAmount', readMoneyIn(currency, reader.find('seller_payable_breakdown.net_amount')));
  reader.say('attributesJson', attachedOf(resource));
  reader.state('createdAt', 'create_time', readInstant);
  return reader.fact(type);
}

/** What goes back; PayPal's first API writes it as a negative amount. */
function readAmount(money: ExactJson): number | undefined {
  const amount = readMoney(money);
  return amount === undefined ? undefined : Math.abs(amount);
}

/** A refund of a capture names it in the link upwards only. */
function paymentOf(refund: ExactObject): string | undefined {
  return (
    textMember(refund, 'sale_id') ??
    linkedId(refund, 'up', '/v2/payments/captures') ??
    linkedId(refund, 'sale', '/sale')
  );
}

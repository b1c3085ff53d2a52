import type { ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readList, readText } from '../contract/values.ts';
import { attachedOf, readMoney, readMoneyCurrency } from './values.ts';

export const orderApproved = 'CHECKOUT.ORDER.APPROVED';

/** An order the buyer approved: the buyer is done, the money is yet to be captured. */
export function orderFact(order: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('payments.checkout.v1', order);
  reader.say('status', 'completed');
  reader.state('providerStatus', 'status', readText);
  reader.state('customerId', 'payer.payer_id', readText);
  reader.state('customerEmail', 'payer.email_address', readText);
  stateMoney(reader, order);
  reader.state('createdAt', 'create_time', readInstant);
  return reader.fact('payments.checkout.completed');
}

/** An order may have several units, each with a payee and an amount of its own; only of a single one the amounts are the order's. */
function stateMoney(reader: SnapshotReader<'payments.checkout.v1'>, order: ExactObject): void {
  const [unit, ...others] = readList(order['purchase_units']) ?? [];
  if (unit === undefined || others.length > 0) return;
  const amount = member(unit, 'amount');
  const breakdown = member(amount, 'breakdown');
  reader.say('subtotal', readMoney(member(breakdown, 'item_total')));
  reader.say('taxAmount', readMoney(member(breakdown, 'tax_total')));
  reader.say('discountAmount', readMoney(member(breakdown, 'discount')));
  reader.say('shippingAmount', readMoney(member(breakdown, 'shipping')));
  const total = readMoney(amount);
  if (total === undefined) reader.flaw('purchase_units');
  reader.say('total', total);
  reader.say('currency', readMoneyCurrency(amount));
  const reference = readText(member(unit, 'reference_id'));
  // What PayPal writes where the merchant gave none.
  reader.say('clientReference', reference === 'default' ? null : reference);
  reader.say('attributesJson', attachedOf(unit));
}

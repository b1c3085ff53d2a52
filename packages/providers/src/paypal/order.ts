import type { EventTypeOf, ExactJson, ExactObject, PayloadOf } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { readMailAddress } from '../contract/mail-address.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTitle } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readList, readText } from '../contract/values.ts';
import { attachedOf, readMoney, readMoneyCurrency } from './values.ts';

type CheckoutType = EventTypeOf<'payments.checkout.v1'>;
type CheckoutReader = SnapshotReader<'payments.checkout.v1'>;
type Item = NonNullable<PayloadOf<'payments.checkout.v1'>['items']>[number];

export const orderTypes: readonly (readonly [name: string, type: CheckoutType])[] = [
  ['CHECKOUT.ORDER.APPROVED', 'payments.checkout.completed'],
  ['CHECKOUT.ORDER.COMPLETED', 'payments.checkout.payment_succeeded'],
  ['CHECKOUT.ORDER.COMPLETED', 'payments.checkout.updated'],
  ['CHECKOUT.ORDER.VOIDED', 'payments.checkout.canceled'],
];

/** An order the buyer approved: the buyer is done. Whether the money was captured or only authorised, its own members say. */
export function orderFact(order: ExactObject, name: string): SnapshotFact {
  const reader = new SnapshotReader('payments.checkout.v1', order);
  const paymentStatus = paymentStatusOf(order);
  const isVoided = name === 'CHECKOUT.ORDER.VOIDED';
  reader.say('status', isVoided ? 'canceled' : 'completed');
  reader.state('providerStatus', 'status', readText);
  reader.say('paymentStatus', paymentStatus);
  reader.state('customerId', 'payer.payer_id', readText);
  reader.state('customerEmail', 'payer.email_address', readMailAddress);
  stateUnit(reader, order);
  reader.state('createdAt', 'create_time', readInstant);
  if (isVoided) return reader.fact('payments.checkout.canceled');
  if (name === 'CHECKOUT.ORDER.APPROVED') return reader.fact('payments.checkout.completed');
  return reader.fact(paymentStatus === 'paid' ? 'payments.checkout.payment_succeeded' : 'payments.checkout.updated');
}

/** Paid where all that was captured is there; approved alone is a promise. */
function paymentStatusOf(order: ExactObject): string {
  const payments = (readList(order['purchase_units']) ?? []).map((unit) => member(unit, 'payments'));
  const captures = payments.flatMap((payment) => readList(member(payment, 'captures')) ?? []);
  if (captures.length > 0) {
    const isSettled = captures.every((capture) => settled.has(readText(member(capture, 'status')) ?? ''));
    return isSettled ? 'paid' : 'unpaid';
  }
  const authorizations = payments.flatMap((payment) => readList(member(payment, 'authorizations')) ?? []);
  return authorizations.some((one) => member(one, 'status') === 'CREATED') ? 'authorized' : 'unpaid';
}

/** A refund takes nothing away from that it was paid. */
const settled: ReadonlySet<string> = new Set(['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED']);

/** An order may have several units, each with a payee and an amount of its own; only what a single one says is the order's. */
function stateUnit(reader: CheckoutReader, order: ExactObject): void {
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
  const [capture, ...more] = readList(member(member(unit, 'payments'), 'captures')) ?? [];
  if (more.length === 0) reader.say('paymentId', readText(member(capture, 'id')));
  reader.say('shippingCountry', readText(member(member(member(unit, 'shipping'), 'address'), 'country_code')));
  stateItems(reader, unit);
}

/** What the schema says that `items` holds at most. */
const maxItems = 100;

function stateItems(reader: CheckoutReader, unit: ExactJson): void {
  const items = readList(member(unit, 'items'));
  if (items === undefined) return;
  reader.say('items', items.slice(0, maxItems).map(itemOf));
  reader.say('itemsTruncated', items.length > maxItems);
}

function itemOf(item: ExactJson): Item {
  const quantity = readText(member(item, 'quantity'));
  return {
    itemId: null,
    productId: null,
    variantId: null,
    sku: readText(member(item, 'sku')) ?? null,
    name: readTitle(member(item, 'name') ?? null) ?? null,
    quantity: quantity !== undefined && /^\d{1,15}$/.test(quantity) ? Number(quantity) : null,
    unitAmount: readMoney(member(item, 'unit_amount')) ?? null,
  };
}

import { canonicalText, capJson, type EventTypeOf, type ExactJson, type ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { readMailAddress } from '../contract/mail-address.ts';
import { minorUnits } from '../contract/money.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { readFilled } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readCurrency, readId, readList, readText } from '../contract/values.ts';
import { isLive, itemOf, maxListed, readCodes, readTags } from './values.ts';

type CheckoutType = EventTypeOf<'payments.checkout.v1'>;
type CheckoutReader = SnapshotReader<'payments.checkout.v1'>;

export const orderTypes: readonly (readonly [topic: string, type: CheckoutType])[] = [
  ['orders/create', 'payments.checkout.created'],
  ['orders/updated', 'payments.checkout.updated'],
  ['orders/partially_fulfilled', 'payments.checkout.updated'],
  ['orders/paid', 'payments.checkout.completed'],
  ['orders/paid', 'payments.checkout.updated'],
  ['orders/fulfilled', 'payments.checkout.fulfilled'],
  ['orders/fulfilled', 'payments.checkout.updated'],
  ['orders/cancelled', 'payments.checkout.canceled'],
  ['orders/cancelled', 'payments.checkout.updated'],
];

/**
 * The topic is in a header that nothing signs, so what it claims counts only where the order says so itself: an unpaid
 * order under orders/paid is an update.
 */
function typeOf(order: ExactObject, topic: string): CheckoutType | undefined {
  switch (topic) {
    case 'orders/create':
      return 'payments.checkout.created';
    case 'orders/paid':
      return order['financial_status'] === 'paid' ? 'payments.checkout.completed' : 'payments.checkout.updated';
    case 'orders/fulfilled':
      return order['fulfillment_status'] === 'fulfilled' ? 'payments.checkout.fulfilled' : 'payments.checkout.updated';
    case 'orders/cancelled':
      return isCanceled(order) ? 'payments.checkout.canceled' : 'payments.checkout.updated';
    case 'orders/updated':
    case 'orders/partially_fulfilled':
      return 'payments.checkout.updated';
    default:
      return undefined;
  }
}

/** An order: the purchase as the buyer saw it. */
export function orderFact(order: ExactObject, topic: string): SnapshotFact | undefined {
  const type = typeOf(order, topic);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.checkout.v1', order);
  reader.say('status', isCanceled(order) ? 'canceled' : 'completed');
  reader.state('paymentStatus', 'financial_status', readPaymentStatus);
  stateBuyer(reader);
  stateMoney(reader, order);
  reader.state('shippingAmount', 'total_shipping_price_set.shop_money.amount', (amount) =>
    minorUnits(amount, readCurrency(order['currency'])),
  );
  reader.state('orderNumber', 'name', readText);
  reader.state('tags', 'tags', readTags);
  // Null says that nothing is on its way.
  if ('fulfillment_status' in order) {
    reader.say('fulfillmentStatus', readText(order['fulfillment_status']) ?? 'unfulfilled');
  }
  reader.state('cancellationReason', 'cancel_reason', readText);
  reader.state('canceledAt', 'cancelled_at', readInstant);
  reader.state('completedAt', 'processed_at', readInstant);
  reader.state('livemode', 'test', isLive);
  return reader.fact(type);
}

function isCanceled(order: ExactObject): boolean {
  return typeof order['cancelled_at'] === 'string';
}

function readPaymentStatus(status: ExactJson): string | undefined {
  return status === 'pending' ? 'unpaid' : readText(status);
}

export const checkoutTypes: readonly (readonly [topic: string, type: CheckoutType])[] = [
  ['checkouts/create', 'payments.checkout.created'],
  ['checkouts/update', 'payments.checkout.updated'],
];

/** A cart on its way through the checkout; the order that becomes of it is another entity. */
export function checkoutFact(checkout: ExactObject, topic: string): SnapshotFact {
  const reader = new SnapshotReader('payments.checkout.v1', checkout);
  reader.say('status', typeof checkout['completed_at'] === 'string' ? 'ordered' : 'open');
  stateBuyer(reader);
  stateMoney(reader, checkout);
  reader.state('completedAt', 'completed_at', readInstant);
  return reader.fact(topic === 'checkouts/create' ? 'payments.checkout.created' : 'payments.checkout.updated');
}

export const draftTypes: readonly (readonly [topic: string, type: CheckoutType])[] = [
  ['draft_orders/create', 'payments.checkout.created'],
  ['draft_orders/update', 'payments.checkout.updated'],
];

/** An order that the merchant prepares; the order that becomes of it is another entity, and the draft names it. */
export function draftFact(draft: ExactObject, topic: string): SnapshotFact {
  const reader = new SnapshotReader('payments.checkout.v1', draft);
  reader.say('status', draft['status'] === 'completed' ? 'ordered' : 'open');
  reader.state('providerStatus', 'status', readText);
  stateBuyer(reader);
  stateMoney(reader, draft);
  reader.state('orderId', 'order_id', readId);
  reader.state('orderNumber', 'name', readText);
  reader.state('tags', 'tags', readTags);
  reader.state('completedAt', 'completed_at', readInstant);
  return reader.fact(topic === 'draft_orders/create' ? 'payments.checkout.created' : 'payments.checkout.updated');
}

function stateBuyer(reader: CheckoutReader): void {
  reader.state('customerId', 'customer.id', readId);
  reader.state('customerEmail', 'email', readMailAddress);
  reader.state('customerPhone', 'phone', readTelephone);
  reader.state('shippingCountry', 'shipping_address.country_code', readFilled);
}

/** Amounts are in the shop's currency, not in the one that was shown to the buyer. */
function stateMoney(reader: CheckoutReader, order: ExactObject): void {
  const currency = readCurrency(order['currency']);
  const readAmount = (value: ExactJson): number | undefined => minorUnits(value, currency);
  // With taxes included the prices of the lines are no amounts before tax.
  if (order['taxes_included'] === false) reader.state('subtotal', 'total_line_items_price', readAmount);
  reader.state('taxAmount', 'total_tax', readAmount);
  reader.state('discountAmount', 'total_discounts', readAmount);
  reader.state('total', 'total_price', readAmount);
  reader.state('currency', 'currency', readCurrency);
  const lines = readList(order['line_items']);
  reader.say(
    'items',
    lines?.slice(0, maxListed).map((line) => itemOf(line, currency)),
  );
  if (lines !== undefined) reader.say('itemsTruncated', lines.length > maxListed);
  reader.state('discountCodes', 'discount_codes', readCodes);
  reader.state('attributesJson', 'note_attributes', readNotes);
  reader.state('createdAt', 'created_at', readInstant);
}

/** Attributes are a list of names and values; a record has JSON text of it, or nothing where it is too long. */
function readNotes(notes: ExactJson): string | undefined {
  return Array.isArray(notes) ? (capJson(canonicalText(notes)).text ?? undefined) : undefined;
}

export const fulfillmentTypes: readonly (readonly [topic: string, type: CheckoutType])[] = [
  ['fulfillments/create', 'payments.checkout.updated'],
  ['fulfillments/update', 'payments.checkout.updated'],
];

/** What is on its way of an order: it tells of the order how far it is, and nothing else. */
export function fulfillmentFact(fulfillment: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('payments.checkout.v1', fulfillment);
  const shipped = member(fulfillment, 'shipment_status') ?? null;
  reader.state('shipmentStatus', shipped === null ? 'status' : 'shipment_status', readText);
  reader.state('trackingCompany', 'tracking_company', readFilled);
  reader.state('trackingNumber', 'tracking_number', readFilled);
  return reader.fact('payments.checkout.updated');
}

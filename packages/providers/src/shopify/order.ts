import { canonicalText, capJson, type ExactJson, type ExactObject } from '@trunkline/events';

import { minorUnits } from '../contract/money.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { readCurrency, readId, readText } from '../contract/values.ts';

/**
 * An order that is paid: the purchase as the buyer saw it. Amounts are in the shop's currency, not in the one that was
 * shown to the buyer.
 */
export function orderFact(order: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('payments.checkout.v1', order);
  const currency = readCurrency(order['currency']);
  const readAmount = (value: ExactJson): number | undefined => minorUnits(value, currency);
  reader.say('status', 'completed');
  reader.state('paymentStatus', 'financial_status', readText);
  reader.state('customerId', 'customer.id', readId);
  reader.state('customerEmail', 'email', readText);
  // With taxes included the prices of the lines are no amounts before tax.
  if (order['taxes_included'] === false) reader.state('subtotal', 'total_line_items_price', readAmount);
  reader.state('taxAmount', 'total_tax', readAmount);
  reader.state('discountAmount', 'total_discounts', readAmount);
  reader.state('shippingAmount', 'total_shipping_price_set.shop_money.amount', readAmount);
  reader.state('total', 'total_price', readAmount);
  reader.state('currency', 'currency', readCurrency);
  reader.state('orderNumber', 'name', readText);
  reader.state('attributesJson', 'note_attributes', readNotes);
  reader.state('livemode', 'test', isLive);
  reader.state('createdAt', 'created_at', readInstant);
  return reader.fact('payments.checkout.completed');
}

/** Attributes are a list of names and values; a record has JSON text of it, or nothing where it is too long. */
function readNotes(notes: ExactJson): string | undefined {
  return Array.isArray(notes) ? (capJson(canonicalText(notes)).text ?? undefined) : undefined;
}

/** Shopify marks what was made with test payments. */
export function isLive(test: ExactJson): boolean | undefined {
  return typeof test === 'boolean' ? !test : undefined;
}

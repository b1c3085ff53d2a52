import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCurrency, readFlag, readText } from '../contract/values.ts';
import { amountReader, readReference } from './values.ts';

type CheckoutType = EventTypeOf<'payments.checkout.v1'>;

/** Money that takes its time (SEPA, bank transfers) is there, or is not, days after the buyer was done. */
export const checkoutTypes: ReadonlyMap<string, CheckoutType> = new Map([
  ['checkout.session.completed', 'payments.checkout.completed'],
  ['checkout.session.async_payment_succeeded', 'payments.checkout.payment_succeeded'],
  ['checkout.session.async_payment_failed', 'payments.checkout.payment_failed'],
  ['checkout.session.expired', 'payments.checkout.expired'],
]);

export function checkoutFact(session: ExactObject, name: string): SnapshotFact | undefined {
  const type = checkoutTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.checkout.v1', session);
  const readAmount = amountReader(session['currency']);
  reader.say('status', type === 'payments.checkout.expired' ? 'expired' : 'completed');
  reader.state('providerStatus', 'status', readText);
  if (type === 'payments.checkout.payment_failed') reader.say('paymentStatus', 'failed');
  else reader.state('paymentStatus', 'payment_status', readPaymentStatus);
  reader.state('mode', 'mode', readText);
  reader.state('customerId', 'customer', readReference);
  // What the buyer typed; `customer_email` is only what the merchant filled in before.
  const entered = typeof reader.find('customer_details.email') === 'string';
  reader.state('customerEmail', entered ? 'customer_details.email' : 'customer_email', readText);
  reader.state('customerPhone', 'customer_details.phone', readTelephone);
  stateShipping(reader);
  reader.state('subtotal', 'amount_subtotal', readAmount);
  reader.state('taxAmount', 'total_details.amount_tax', readAmount);
  reader.state('discountAmount', 'total_details.amount_discount', readAmount);
  reader.state('shippingAmount', 'total_details.amount_shipping', readAmount);
  reader.state('total', 'amount_total', readAmount);
  reader.state('currency', 'currency', readCurrency);
  reader.state('paymentId', 'payment_intent', readReference);
  reader.state('subscriptionId', 'subscription', readReference);
  reader.state('invoiceId', 'invoice', readReference);
  reader.state('clientReference', 'client_reference_id', readText);
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
  reader.state('expiresAt', 'expires_at', readSeconds);
  return reader.fact(type);
}

function readPaymentStatus(status: ExactJson): string | undefined {
  return status === 'no_payment_required' ? 'not_required' : readText(status);
}

/** Since version 2025-03-31.basil with what was collected, before that in the session itself. */
function stateShipping(reader: SnapshotReader<'payments.checkout.v1'>): void {
  const collected = 'collected_information.shipping_details';
  const path = typeof reader.find(collected) === 'object' ? collected : 'shipping_details';
  reader.state('shippingCountry', `${path}.address.country`, readText);
}

import type { ExactObject } from '@trunkline/events';

import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCurrency, readFlag, readText } from '../contract/values.ts';
import { amountReader, readReference } from './values.ts';

/** The later checkout.session.async_payment_* are told by the payment itself. */
export const checkoutCompleted = 'checkout.session.completed';

export function checkoutFact(session: ExactObject, name: string): SnapshotFact | undefined {
  if (name !== checkoutCompleted) return undefined;
  const reader = new SnapshotReader('payments.checkout.v1', session);
  const readAmount = amountReader(session['currency']);
  reader.say('status', 'completed');
  reader.state('providerStatus', 'status', readText);
  reader.state('paymentStatus', 'payment_status', (status) =>
    status === 'no_payment_required' ? 'not_required' : readText(status),
  );
  reader.state('mode', 'mode', readText);
  reader.state('customerId', 'customer', readReference);
  // What the buyer typed; `customer_email` is only what the merchant filled in before.
  const entered = typeof reader.find('customer_details.email') === 'string';
  reader.state('customerEmail', entered ? 'customer_details.email' : 'customer_email', readText);
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
  return reader.fact('payments.checkout.completed');
}

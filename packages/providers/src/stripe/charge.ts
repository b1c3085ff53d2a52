import type { EntityRef, EventTypeOf, ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCurrency, readFlag, readText } from '../contract/values.ts';
import { amountReader, readReference } from './values.ts';

type PaymentType = EventTypeOf<'payments.payment.v1'>;
type PaymentReader = SnapshotReader<'payments.payment.v1'>;

/**
 * A charge is the attempt behind a PaymentIntent and tells the same story again. What it alone knows (the card, the
 * payer's address, what went back) is an update of the intent's payment; only a charge without an intent is a payment of
 * its own, as the API made them before 2019 and as some integrations still do.
 */
export const chargeTypes: readonly (readonly [name: string, type: PaymentType])[] = [
  ['charge.succeeded', 'payments.payment.updated'],
  ['charge.succeeded', 'payments.payment.succeeded'],
  ['charge.succeeded', 'payments.payment.created'],
  ['charge.pending', 'payments.payment.updated'],
  ['charge.pending', 'payments.payment.processing'],
  ['charge.failed', 'payments.payment.updated'],
  ['charge.failed', 'payments.payment.failed'],
  ['charge.captured', 'payments.payment.updated'],
  ['charge.captured', 'payments.payment.succeeded'],
  ['charge.expired', 'payments.payment.updated'],
  ['charge.expired', 'payments.payment.canceled'],
  ['charge.refunded', 'payments.payment.updated'],
  ['charge.updated', 'payments.payment.updated'],
];

/** The payment that a charge tells of. */
export function paymentOf(charge: ExactObject): EntityRef | undefined {
  if (charge['object'] !== 'charge') return undefined;
  const intent = readReference(charge['payment_intent']);
  if (intent !== undefined) return { kind: 'payment_intent', id: intent };
  const id = textMember(charge, 'id');
  return id === undefined ? undefined : { kind: 'charge', id };
}

export function chargeFact(charge: ExactObject, name: string): SnapshotFact | undefined {
  const reader = new SnapshotReader('payments.payment.v1', charge);
  stateMethod(reader, charge);
  if (readReference(charge['payment_intent']) !== undefined) return reader.fact('payments.payment.updated');
  const word = wordOf(charge, name);
  stateDirect(reader, charge, word);
  const isUpdate = name === 'charge.updated' || name === 'charge.refunded';
  if (isUpdate) return reader.fact('payments.payment.updated', word === 'succeeded' ? 1 : undefined);
  return reader.fact(`payments.payment.${word ?? 'updated'}`);
}

/** What a PaymentIntent does not say. */
function stateMethod(reader: PaymentReader, charge: ExactObject): void {
  reader.state('paymentMethodType', 'payment_method_details.type', readText);
  const card = typeof reader.find('payment_method_details.card') === 'object' ? 'card' : 'card_present';
  reader.state('cardBrand', `payment_method_details.${card}.brand`, readText);
  reader.state('cardLast4', `payment_method_details.${card}.last4`, readText);
  // What the payer typed; receipt_email is where the merchant wants the receipt to go.
  reader.say('payerEmail', readText(reader.find('billing_details.email')) ?? readText(charge['receipt_email']));
  reader.state('amountRefunded', 'amount_refunded', amountReader(charge['currency']));
}

type Word = 'created' | 'processing' | 'failed' | 'canceled' | 'succeeded';

/** The state of a charge without an intent: one that is only authorised has not succeeded. */
function wordOf(charge: ExactObject, name: string): Word | undefined {
  if (name === 'charge.expired') return 'canceled';
  switch (charge['status']) {
    case 'succeeded':
      return charge['captured'] === false ? 'created' : 'succeeded';
    case 'pending':
      return 'processing';
    case 'failed':
      return 'failed';
    default:
      return undefined;
  }
}

function stateDirect(reader: PaymentReader, charge: ExactObject, word: Word | undefined): void {
  const readAmount = amountReader(charge['currency']);
  if (word === undefined) reader.flaw('status');
  reader.say('status', word);
  reader.state('providerStatus', 'status', readText);
  reader.state('amount', 'amount', readAmount);
  if (word !== undefined) reader.say('amountCapturable', word === 'created' ? readAmount(charge['amount']) : 0);
  reader.state('amountReceived', 'amount_captured', readAmount);
  reader.state('currency', 'currency', readCurrency);
  reader.state('customerId', 'customer', readReference);
  reader.state('paymentMethodId', 'payment_method', readReference);
  reader.state('failureCode', 'failure_code', readText);
  reader.state('failureReason', 'outcome.reason', readText);
  reader.state('chargeId', 'id', readReference);
  reader.state('invoiceId', 'invoice', readReference);
  reader.state('statementDescriptor', 'statement_descriptor', readText);
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
}

import type { EntityRef, EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { member, textMember, wholeNumber } from '../contract/json-body.ts';
import { readMailAddress } from '../contract/mail-address.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readSeconds } from '../contract/times.ts';
import { readAttributes, readCount, readCurrency, readFlag, readList, readText } from '../contract/values.ts';
import { amountReader, paymentMember, readReference, sumOf } from './values.ts';

type InvoiceType = EventTypeOf<'payments.invoice.v1'>;
type InvoiceReader = SnapshotReader<'payments.invoice.v1'>;

/** invoice.payment_succeeded is the twin of invoice.paid: the same entity with the same fields. Updates are passed on. */
export const invoiceTypes: ReadonlyMap<string, InvoiceType> = new Map([
  ['invoice.created', 'payments.invoice.created'],
  ['invoice.finalized', 'payments.invoice.finalized'],
  ['invoice.payment_failed', 'payments.invoice.payment_failed'],
  ['invoice.marked_uncollectible', 'payments.invoice.uncollectible'],
  ['invoice.payment_succeeded', 'payments.invoice.payment_succeeded'],
  ['invoice.paid', 'payments.invoice.paid'],
  ['invoice.voided', 'payments.invoice.voided'],
  ['invoice.upcoming', 'payments.invoice.upcoming'],
]);

/** An invoice that is not made yet has no id; there is one for each subscription. */
export function upcomingInvoice(invoice: ExactObject): EntityRef | undefined {
  if (invoice['object'] !== 'invoice' || textMember(invoice, 'id')?.startsWith('in_') === true) return undefined;
  const id = readReference(subscriptionOf(invoice));
  return id === undefined ? undefined : { kind: 'upcoming_invoice', id };
}

export function invoiceFact(invoice: ExactObject, name: string): SnapshotFact | undefined {
  const type = invoiceTypes.get(name);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('payments.invoice.v1', invoice);
  reader.say('status', type === 'payments.invoice.payment_succeeded' ? 'paid' : type.slice('payments.invoice.'.length));
  reader.state('providerStatus', 'status', readText);
  reader.state('number', 'number', readText);
  reader.state('customerId', 'customer', readReference);
  reader.state('customerEmail', 'customer_email', readMailAddress);
  reader.state('subscriptionId', subscriptionPath(invoice), readReference);
  statePayment(reader, invoice);
  stateAmounts(reader, invoice);
  reader.state('currency', 'currency', readCurrency);
  reader.state('billingReason', 'billing_reason', readText);
  reader.state('collectionMethod', 'collection_method', readText);
  reader.state('attemptCount', 'attempt_count', readCount);
  reader.state('nextPaymentAttemptAt', 'next_payment_attempt', readSeconds);
  reader.state('dueAt', 'due_date', readSeconds);
  statePeriod(reader, invoice);
  reader.state('finalizedAt', 'status_transitions.finalized_at', readSeconds);
  reader.state('paidAt', 'status_transitions.paid_at', readSeconds);
  reader.state('voidedAt', 'status_transitions.voided_at', readSeconds);
  reader.state('markedUncollectibleAt', 'status_transitions.marked_uncollectible_at', readSeconds);
  reader.state('attributesJson', 'metadata', readAttributes);
  reader.state('livemode', 'livemode', readFlag);
  reader.state('createdAt', 'created', readSeconds);
  return reader.fact(type);
}

/** Since version 2025-03-31.basil the subscription is in `parent`, before that in the invoice itself. */
function subscriptionPath(invoice: ExactObject): string {
  return 'parent' in invoice ? 'parent.subscription_details.subscription' : 'subscription';
}

function subscriptionOf(invoice: ExactObject): ExactJson | undefined {
  return new SnapshotReader('payments.invoice.v1', invoice).find(subscriptionPath(invoice));
}

function stateAmounts(reader: InvoiceReader, invoice: ExactObject): void {
  const readAmount = amountReader(invoice['currency']);
  reader.state('subtotal', 'subtotal', readAmount);
  // `tax` until 2025-03-31.basil, `total_taxes` since.
  if ('tax' in invoice) reader.state('taxAmount', 'tax', readAmount);
  else reader.state('taxAmount', 'total_taxes', (taxes) => sumOf(readList(taxes) ?? [null], 'amount', readAmount));
  reader.state('total', 'total', readAmount);
  reader.state('amountDue', 'amount_due', readAmount);
  reader.state('amountPaid', 'amount_paid', readAmount);
  reader.state('amountRemaining', 'amount_remaining', readAmount);
}

/** `payment_intent` until 2025-03-31.basil; since then a list, of which the default one is the payment of the invoice. */
function statePayment(reader: InvoiceReader, invoice: ExactObject): void {
  if ('payment_intent' in invoice) return reader.state('paymentId', paymentMember(invoice), readReference);
  const payments = readList(reader.find('payments.data'));
  if (payments === undefined) return;
  const standing = payments.find((payment) => member(payment, 'is_default') === true);
  reader.say('paymentId', readReference(member(member(standing, 'payment'), 'payment_intent')));
}

/**
 * What the lines bill, where all of them bill one time and all are there. The invoice's own period is another thing: of
 * a subscription it is the time before, in which items were added.
 */
function statePeriod(reader: InvoiceReader, invoice: ExactObject): void {
  const lines = member(invoice, 'lines');
  const data = readList(member(lines, 'data'));
  if (data === undefined || member(lines, 'has_more') !== false) return;
  const periods = data.map((line) => member(line, 'period'));
  const [first] = periods;
  const start = readSeconds(member(first, 'start'));
  const end = readSeconds(member(first, 'end'));
  const same = periods.every(
    (period) =>
      secondsOf(period, 'start') === secondsOf(first, 'start') && secondsOf(period, 'end') === secondsOf(first, 'end'),
  );
  if (!same || start === undefined || end === undefined) return;
  reader.say('periodStartsAt', start);
  reader.say('periodEndsAt', end);
}

function secondsOf(period: ExactJson | undefined, name: string): number | undefined {
  return wholeNumber(member(period, name));
}

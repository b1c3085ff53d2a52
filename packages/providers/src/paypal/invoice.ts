import type { EntityRef, EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { member, textMember } from '../contract/json-body.ts';
import { readMailAddress } from '../contract/mail-address.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readDay } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readList, readText } from '../contract/values.ts';
import { readMoney, readMoneyCurrency, readMoneyIn } from './values.ts';

type InvoiceType = EventTypeOf<'payments.invoice.v1'>;

export const invoiceTypes: readonly (readonly [name: string, type: InvoiceType])[] = [
  ['INVOICING.INVOICE.CREATED', 'payments.invoice.created'],
  ['INVOICING.INVOICE.SCHEDULED', 'payments.invoice.updated'],
  ['INVOICING.INVOICE.UPDATED', 'payments.invoice.updated'],
  ['INVOICING.INVOICE.PAID', 'payments.invoice.paid'],
  ['INVOICING.INVOICE.PAID', 'payments.invoice.updated'],
  ['INVOICING.INVOICE.REFUNDED', 'payments.invoice.updated'],
  ['INVOICING.INVOICE.CANCELLED', 'payments.invoice.voided'],
];
const typeOf: ReadonlyMap<string, InvoiceType> = new Map(invoiceTypes.toReversed());

/** A refund takes nothing away from that it was paid. */
const wordOf: ReadonlyMap<string, string> = new Map([
  ['DRAFT', 'created'],
  ['SCHEDULED', 'created'],
  ['SENT', 'finalized'],
  ['UNPAID', 'finalized'],
  ['SHARED', 'finalized'],
  ['PAYMENT_PENDING', 'finalized'],
  ['PARTIALLY_PAID', 'finalized'],
  ['PAID', 'paid'],
  ['MARKED_AS_PAID', 'paid'],
  ['REFUNDED', 'paid'],
  ['PARTIALLY_REFUNDED', 'paid'],
  ['MARKED_AS_REFUNDED', 'paid'],
  ['CANCELLED', 'voided'],
]);

/** The invoice is in the resource, or is it, as PayPal's first API sends it. */
export function invoiceIn(resource: ExactObject): ExactObject {
  const inner = resource['invoice'];
  return textMember(inner, 'id') === undefined ? resource : (inner as ExactObject); // textMember found it in an object
}

export function invoiceRef(invoice: ExactObject): EntityRef | undefined {
  const id = textMember(invoice, 'id');
  return id === undefined ? undefined : { kind: 'invoice', id };
}

export function invoiceFact(invoice: ExactObject, name: string): SnapshotFact | undefined {
  const named = typeOf.get(name);
  if (named === undefined) return undefined;
  const word = wordOf.get(readText(invoice['status']) ?? '');
  // PAID is told of a part and of a payment that is pending, too: the invoice says what it is.
  const type = named === 'payments.invoice.paid' && word !== 'paid' ? 'payments.invoice.updated' : named;
  const reader = new SnapshotReader('payments.invoice.v1', invoice);
  const isOld = invoice['detail'] === undefined;
  reader.say('status', type === 'payments.invoice.voided' ? 'voided' : word);
  reader.state('providerStatus', 'status', readText);
  reader.state('number', isOld ? 'number' : 'detail.invoice_number', readText);
  reader.say('customerEmail', recipientOf(invoice));
  stateAmounts(reader, isOld);
  reader.state('dueAt', isOld ? 'payment_term.due_date' : 'detail.payment_term.due_date', readDayStart);
  reader.state('createdAt', 'detail.metadata.create_time', readInstant);
  reader.state('voidedAt', 'detail.metadata.cancel_time', readInstant);
  stateReference(reader, invoice);
  return reader.fact(type);
}

function stateAmounts(reader: SnapshotReader<'payments.invoice.v1'>, isOld: boolean): void {
  const total = isOld ? 'total_amount' : 'amount';
  const currency = readMoneyCurrency(reader.find(total));
  const within = (money: ExactJson): number | undefined => readMoneyIn(currency, money);
  reader.state('total', total, readMoney);
  reader.state('currency', total, readMoneyCurrency);
  reader.state('subtotal', 'amount.breakdown.item_total', within);
  reader.state('taxAmount', 'amount.breakdown.tax_total', within);
  reader.state('amountDue', 'due_amount', within);
  reader.state('amountRemaining', 'due_amount', within);
  reader.state('amountPaid', isOld ? 'paid_amount.paypal' : 'payments.paid_amount', within);
}

/** The one who is to pay, where there is one. */
function recipientOf(invoice: ExactObject): string | null | undefined {
  const [recipient, ...others] = readList(invoice['primary_recipients']) ?? readList(invoice['billing_info']) ?? [];
  if (others.length > 0) return undefined;
  const email = member(member(recipient, 'billing_info'), 'email_address') ?? member(recipient, 'email');
  return email === undefined || email === null ? undefined : readMailAddress(email);
}

/** The payment that paid it, where it was one. */
function stateReference(reader: SnapshotReader<'payments.invoice.v1'>, invoice: ExactObject): void {
  const [payment, ...others] = readList(member(invoice['payments'], 'transactions')) ?? [];
  if (others.length === 0) reader.say('paymentId', readText(member(payment, 'payment_id')));
}

/** A day names no instant; its start in UTC stands for it. */
function readDayStart(value: ExactJson): number | undefined {
  const day = readDay(value);
  return day === undefined ? undefined : readInstant(`${day}T00:00:00Z`);
}

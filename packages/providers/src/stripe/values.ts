import type { ExactJson, ExactObject } from '@trunkline/events';

import { member, textMember, wholeNumber } from '../contract/json-body.ts';
import { readCurrency } from '../contract/values.ts';

/** An id, or the expanded object that has it. */
export function readReference(value: ExactJson | undefined): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return textMember(value, 'id');
}

/** Where an object names its payment: its PaymentIntent, or the charge that has none. */
export function paymentMember(object: ExactObject): 'payment_intent' | 'charge' {
  const isDirect =
    readReference(object['payment_intent']) === undefined && readReference(object['charge']) !== undefined;
  return isDirect ? 'charge' : 'payment_intent';
}

/** The sum of an amount over the items of a list; undefined where one of them has none, or no record could hold it. */
export function sumOf(
  list: readonly ExactJson[],
  name: string,
  readAmount: ReturnType<typeof amountReader>,
): number | undefined {
  let sum = 0;
  for (const item of list) {
    const amount = readAmount(member(item, name));
    if (amount === undefined) return undefined;
    sum += amount;
  }
  return Math.abs(sum) <= 2 ** 53 - 2 ? sum : undefined;
}

/**
 * Where Stripe counts in other units than ISO 4217 does (https://docs.stripe.com/currencies#special-cases): krónur and
 * Ugandan shillings have no minor unit and are written as if they had two digits; the ariary has one of two digits and
 * is written without.
 */
const divided: ReadonlySet<string> = new Set(['ISK', 'UGX']);
const multiplied: ReadonlySet<string> = new Set(['MGA']);

/** Reads amounts of one currency: minor units of ISO 4217, exactly, or nothing. */
export function amountReader(currency: ExactJson | undefined): (value: ExactJson | undefined) => number | undefined {
  const code = readCurrency(currency) ?? '';
  return (value) => {
    const amount = wholeNumber(value);
    if (amount === undefined) return undefined;
    if (divided.has(code)) return amount % 100 === 0 ? amount / 100 : undefined;
    if (!multiplied.has(code)) return amount;
    const units = amount * 100;
    return Math.abs(units) <= 2 ** 53 - 2 ? units : undefined;
  };
}

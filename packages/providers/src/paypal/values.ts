import { capJson, canonicalText, type ExactJson, type ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { minorUnits } from '../contract/money.ts';
import { readCurrency } from '../contract/values.ts';

/** PayPal's money: `{currency_code, value}`, the value as decimal text. */
export function readMoney(money: ExactJson | undefined): number | undefined {
  return minorUnits(member(money, 'value'), readMoneyCurrency(money));
}

export function readMoneyCurrency(money: ExactJson | undefined): string | undefined {
  return readCurrency(member(money, 'currency_code'));
}

/** What the merchant attached: canonical JSON text of those members that are there. */
export function attachedOf(object: ExactJson | undefined): string | undefined {
  const attached: Record<string, ExactJson> = {};
  for (const name of ['custom_id', 'invoice_id'] as const) {
    const value = member(object, name);
    if (value !== undefined) attached[name] = value;
  }
  if (Object.keys(attached).length === 0) return undefined;
  return capJson(canonicalText(attached satisfies ExactObject)).text ?? undefined;
}

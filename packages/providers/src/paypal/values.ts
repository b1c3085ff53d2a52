import { capJson, canonicalText, type ExactJson, type ExactObject } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { minorUnits } from '../contract/money.ts';
import { readCurrency, readList, readText } from '../contract/values.ts';

/** PayPal's money: `{currency_code, value}`, of older resources `{currency, total}`; the value as decimal text. */
export function readMoney(money: ExactJson | undefined): number | undefined {
  return minorUnits(member(money, 'value') ?? member(money, 'total'), readMoneyCurrency(money));
}

export function readMoneyCurrency(money: ExactJson | undefined): string | undefined {
  return readCurrency(member(money, 'currency_code') ?? member(money, 'currency'));
}

/** An amount in the currency of another one; an amount in another currency would be read as what it is not. */
export function readMoneyIn(currency: string | undefined, money: ExactJson | undefined): number | undefined {
  return readMoneyCurrency(money) === currency ? readMoney(money) : undefined;
}

/** What the merchant attached: canonical JSON text of those members that are there. */
export function attachedOf(object: ExactJson | undefined): string | undefined {
  const attached: Record<string, ExactJson> = {};
  for (const name of ['custom_id', 'invoice_id', 'custom', 'invoice_number'] as const) {
    const value = member(object, name);
    if (value !== undefined) attached[name] = value;
  }
  if (Object.keys(attached).length === 0) return undefined;
  return capJson(canonicalText(attached satisfies ExactObject)).text ?? undefined;
}

/** The id in the address of one of its links: what a resource belongs to is named there only. */
export function linkedId(resource: ExactObject, rel: string, path: string): string | undefined {
  const links = readList(resource['links']) ?? [];
  const hrefs = links.filter((link) => member(link, 'rel') === rel).map((link) => readText(member(link, 'href')) ?? '');
  for (const href of hrefs) {
    const id = /\/([A-Z0-9-]{1,64})$/.exec(href)?.[1];
    if (id !== undefined && href.endsWith(`${path}/${id}`)) return id;
  }
  return undefined;
}

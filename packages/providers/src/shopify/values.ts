import { type ExactJson, ExactNumber, type PayloadOf } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { minorUnits } from '../contract/money.ts';
import { readTitle } from '../contract/texts.ts';
import { usableId } from '../contract/usable-id.ts';
import { readCount, readList, readText } from '../contract/values.ts';

type Item = NonNullable<PayloadOf<'payments.checkout.v1'>['items']>[number];

/** What the schemas say that lists hold at most. */
export const maxListed = 100;

/** Tags are one text with commas. */
export function readTags(value: ExactJson): string[] | undefined {
  if (typeof value !== 'string') return undefined;
  const tags = value.split(',').map((tag) => tag.trim());
  return tags.filter((tag) => tag !== '').slice(0, maxListed);
}

/** A line of an order, checkout or draft. */
export function itemOf(line: ExactJson, currency: string | undefined): Item {
  const name = readTitle(member(line, 'title') ?? null) ?? readTitle(member(line, 'name') ?? null);
  const sku = readText(member(line, 'sku'));
  return {
    itemId: usableId(member(line, 'id')) ?? null,
    productId: usableId(member(line, 'product_id')) ?? null,
    variantId: usableId(member(line, 'variant_id')) ?? null,
    sku: sku === undefined || sku === '' ? null : sku,
    name: name ?? null,
    quantity: readCount(member(line, 'quantity')) ?? null,
    unitAmount: minorUnits(member(line, 'price'), currency) ?? null,
  };
}

/** The codes a buyer entered. */
export function readCodes(value: ExactJson): string[] | undefined {
  const codes = readList(value)?.map((code) => readText(member(code, 'code')));
  return codes?.filter((code) => code !== undefined).slice(0, maxListed);
}

/** Shopify marks what was made with test payments. */
export function isLive(test: ExactJson): boolean | undefined {
  return typeof test === 'boolean' ? !test : undefined;
}

/** The last digits of a masked number (`•••• •••• •••• 4242`). */
export function readLast4(value: ExactJson): string | undefined {
  const text = value instanceof ExactNumber ? value.text : value;
  return typeof text === 'string' ? /\d{4}$/.exec(text)?.[0] : undefined;
}

import { createHash } from 'node:crypto';

import {
  canonicalItem,
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type ExactJson,
  type ExactObject,
  isExactObject,
} from '@trunkline/events';

import type { VerifiedDelivery } from './delivery.ts';
import { fallbackAccount, integrationEvent, type IntegrationFacts, unreadableDelivery } from './integration-event.ts';
import { type JsonDocument, readJsonDocument } from './json-body.ts';
import type { Normalization } from './normalization.ts';
import { type ItemOutcome, normalizationOf } from './outcome.ts';

/**
 * Most items of one delivery. SendGrid batches up to 768 KiB, which its shortest events (some 250 bytes) fill with 3,100;
 * the other providers stay below 1,000. An item of two bytes becomes a record of a thousand, and all of them are made in
 * one go, so what is beyond is kept whole instead.
 */
export const maxItems = 4_000;

/** One item of a delivery that may carry several. */
export interface BatchItem {
  readonly value: ExactObject;
  /** Its place, from 0; 0 as well where the body is the one item itself. */
  readonly index: number;
  /** For `integrationEvent`: the item alone. Undefined where the body is the item: it is passed on as it came. */
  readonly alone: IntegrationFacts['item'];
  /**
   * Identity by what it says, without the members that differ from one attempt to the next, for an item that has no id and
   * carries its own time. Of equal items each is a fact of its own. Once for each item.
   */
  contentIdentity(volatileMembers?: readonly string[]): DraftIdentity;
}

export interface BatchForm {
  /** Whether the body may be one item without an array around it. */
  readonly single: boolean;
  /** For bodies that are no JSON text, or whose items are not at the top. */
  readonly read?: (body: Uint8Array) => JsonDocument;
}

/**
 * Normalises item by item, so that one that cannot be read spoils no other. Items that the verification did not prove
 * are dropped, and the verdict says so.
 */
export function normalizeBatch(
  delivery: VerifiedDelivery,
  form: BatchForm,
  normalizeItem: (item: BatchItem) => ItemOutcome,
): Normalization {
  const body = (form.read ?? readJsonDocument)(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  const { value } = body.document;
  if (!Array.isArray(value) && !(form.single && isExactObject(value))) {
    return unreadableDelivery(delivery, `the body is ${form.single ? 'neither an object nor' : 'not'} an array`);
  }
  // Array.isArray widens the items to any; this gives them their type back.
  const items: readonly ExactJson[] = Array.isArray(value) ? value : [value];
  if (items.length > maxItems) return unreadableDelivery(delivery, `the body has more than ${maxItems} items`);

  const occurrences = createOccurrences();
  const outcomes: ItemOutcome[] = [];
  const ambiguous: number[] = [];
  for (const [index, item] of items.entries()) {
    if (delivery.provenItems?.includes(index) === false) continue;
    if (body.document.hasDuplicateMembers(item)) ambiguous.push(index);
    else if (!isExactObject(item)) outcomes.push(strangeItem(delivery, { index, item }, occurrences));
    else outcomes.push(normalizeItem(new Item({ value: item, index, isWhole: !Array.isArray(value) }, occurrences)));
  }
  const whole = ambiguous.length === 0 ? [] : ambiguousItems(delivery);
  const dropped = items.length - outcomes.length - (whole.length === 0 ? 0 : ambiguous.length);
  const unsigned = dropped === 0 ? [] : [{ events: [], flaws: [`${dropped} items are not signed and were dropped`] }];
  return normalizationOf([...outcomes, ...whole, ...unsigned]);
}

/** Gives each text the number of times it was asked for before. */
function createOccurrences(): (text: string) => number {
  const seen = new Map<string, number>();
  return (text) => {
    const occurrence = seen.get(text) ?? 0;
    seen.set(text, occurrence + 1);
    return occurrence;
  };
}

interface Place {
  readonly value: ExactObject;
  readonly index: number;
  readonly isWhole: boolean;
}

/** Its text costs more than the rest of it, and most items are never asked for theirs. */
class Item implements BatchItem {
  readonly #place: Place;
  readonly #occurrences: (text: string) => number;
  #alone: IntegrationFacts['item'];

  constructor(place: Place, occurrences: (text: string) => number) {
    this.#place = place;
    this.#occurrences = occurrences;
  }

  get value(): ExactObject {
    return this.#place.value;
  }

  get index(): number {
    return this.#place.index;
  }

  get alone(): IntegrationFacts['item'] {
    const { value, index, isWhole } = this.#place;
    return isWhole ? undefined : (this.#alone ??= { index, text: canonicalText(value) });
  }

  contentIdentity(volatileMembers: readonly string[] = []): DraftIdentity {
    const text = volatileMembers.length === 0 ? this.alone?.text : undefined;
    return hashIdentity(text ?? canonicalItem(this.value, volatileMembers), this.#occurrences);
  }
}

function hashIdentity(text: string, occurrences: (text: string) => number): DraftIdentity {
  return { basis: 'hash', canonicalItem: text, occurrence: occurrences(text) };
}

/** A text, a number, an array in the place of an item. */
function strangeItem(
  delivery: VerifiedDelivery,
  { index, item }: { readonly index: number; readonly item: ExactJson },
  occurrences: (text: string) => number,
): ItemOutcome {
  const text = canonicalText(item);
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: itemEntity(text),
    identity: hashIdentity(text, occurrences),
    occurred: { estimated: true },
    item: { index, text },
  });
  return { events: [event], flaws: ['an item is not an object'] };
}

/**
 * Items that name a member twice have no text of their own: the whole body stands for all of them, once. It has to be
 * proven for that.
 */
function ambiguousItems(delivery: VerifiedDelivery): readonly ItemOutcome[] {
  if (delivery.provenItems !== undefined) return [];
  const { events } = unreadableDelivery(delivery, '');
  return [{ events, flaws: ['an item names a member twice'] }];
}

/** An entity for an item without an id of its own: the SHA-256 of its canonical text. */
export function itemEntity(text: string): EntityRef {
  return { kind: 'item', id: createHash('sha256').update(text, 'utf8').digest('hex') };
}

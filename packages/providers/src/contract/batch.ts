import { createHash } from 'node:crypto';

import { canonicalText, type EntityRef, type ExactJson, type ExactObject, isExactObject } from '@trunkline/events';

import type { VerifiedDelivery } from './delivery.ts';
import {
  contentEntity,
  fallbackAccount,
  integrationEvent,
  type IntegrationFacts,
  unreadableDelivery,
} from './integration-event.ts';
import { type JsonDocument, readJsonDocument } from './json-body.ts';
import type { Normalization } from './normalization.ts';
import { type ItemOutcome, normalizationOf } from './outcome.ts';

/** One item of a delivery that may carry several. */
export interface BatchItem {
  readonly value: ExactObject;
  /** Its place, from 0; 0 as well where the body is the one item itself. */
  readonly index: number;
  /** For `integrationEvent`: the item alone. Undefined where the body is the item: it is passed on as it came. */
  readonly alone: IntegrationFacts['item'];
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
  const outcomes = items.flatMap((item, index): readonly ItemOutcome[] => {
    if (delivery.provenItems?.includes(index) === false) return [];
    if (body.document.hasDuplicateMembers(item)) {
      // Only the whole body can stand for it, and that has to be proven.
      return delivery.provenItems === undefined ? [unreadableItem(delivery, index, undefined)] : [];
    }
    const alone = Array.isArray(value) ? { index, text: canonicalText(item) } : undefined;
    return [
      isExactObject(item) ? normalizeItem({ value: item, index, alone }) : unreadableItem(delivery, index, alone),
    ];
  });
  const dropped = items.length - outcomes.length;
  if (dropped === 0) return normalizationOf(outcomes);
  return normalizationOf([...outcomes, { events: [], flaws: [`${dropped} items are not signed and were dropped`] }]);
}

/** An item that is no object, or that names a member twice and so has no text of its own: the whole body is passed on. */
function unreadableItem(delivery: VerifiedDelivery, index: number, item: IntegrationFacts['item']): ItemOutcome {
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: item === undefined ? contentEntity(delivery) : itemEntity(item.text),
    identity: { basis: 'rx', index },
    occurred: { estimated: true },
    ...(item === undefined ? {} : { item }),
  });
  return { events: [event], flaws: [`an item ${item === undefined ? 'names a member twice' : 'is not an object'}`] };
}

/** An entity for an item without an id of its own: the SHA-256 of its canonical text. */
export function itemEntity(text: string): EntityRef {
  return { kind: 'item', id: createHash('sha256').update(text, 'utf8').digest('hex') };
}

import type { DomainTopic, PayloadOf, StatedFieldOf } from './catalogue.ts';
import { schemaTexts } from './generated/schemas.ts';

/** Topics whose payload may be unknown in any part: all with a canonical form. */
export type StatedTopic = Exclude<DomainTopic, 'integration.event.v1'>;

/** What an event says, in the two members of a draft that belong together. */
export interface Statement<T extends StatedTopic> {
  readonly payload: PayloadOf<T>;
  readonly statedFields: readonly StatedFieldOf<T>[];
}

/**
 * States the given fields, null included, and nothing else. `aside` fills fields that describe the event and are never
 * stated (propertyName, changeSource).
 */
export function stating<T extends StatedTopic>(
  topic: T,
  stated: Partial<PayloadOf<T>>,
  aside: Partial<PayloadOf<T>> = {},
): Statement<T> {
  return {
    payload: { ...unstatedPayload(topic), ...aside, ...stated },
    // The keys of `stated` are fields of the payload by its type.
    statedFields: Object.keys(stated) as StatedFieldOf<T>[],
  };
}

const unstated = new Map<StatedTopic, unknown>();

/** The payload of which nothing is known: every field null. */
export function unstatedPayload<T extends StatedTopic>(topic: T): PayloadOf<T> {
  let payload = unstated.get(topic);
  if (payload === undefined) {
    // The texts are written by scripts/generators; every field but the envelope is [null, T], which catalogue.test.ts proves.
    const { fields } = JSON.parse(schemaTexts[topic]) as { readonly fields: readonly { readonly name: string }[] };
    const names = fields.map(({ name }) => name).filter((name) => name !== 'metadata');
    payload = Object.freeze(Object.fromEntries(names.map((name) => [name, null])));
    unstated.set(topic, payload);
  }
  // Made from the schema that PayloadOf<T> is generated from.
  return payload as PayloadOf<T>;
}

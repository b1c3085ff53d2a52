import type { DomainTopic, PayloadOf, RequestPayloadOf, RequestTopic, StatedFieldOf, Topic } from './catalogue.ts';
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

/** The payload of which nothing is known: every field null. */
export function unstatedPayload<T extends StatedTopic>(topic: T): PayloadOf<T> {
  // Made from the schema that PayloadOf<T> is generated from.
  return nullFields(topic) as PayloadOf<T>;
}

/** What is asked for, of which only a part is said: the rest is null. */
export function requestPayload<T extends RequestTopic>(
  topic: T,
  said: Partial<RequestPayloadOf<T>>,
): RequestPayloadOf<T> {
  // Made from the schema that RequestPayloadOf<T> is generated from.
  return { ...(nullFields(topic) as RequestPayloadOf<T>), ...said };
}

const kept = new Map<Topic, unknown>();

function nullFields(topic: StatedTopic | RequestTopic): unknown {
  const known = kept.get(topic);
  if (known !== undefined) return known;
  // The texts are written by scripts/generators; every field but the envelope is [null, T], which catalogue.test.ts proves.
  const { fields } = JSON.parse(schemaTexts[topic]) as { readonly fields: readonly { readonly name: string }[] };
  const names = fields.map(({ name }) => name).filter((name) => name !== 'metadata');
  const made = Object.freeze(Object.fromEntries(names.map((name) => [name, null])));
  kept.set(topic, made);
  return made;
}

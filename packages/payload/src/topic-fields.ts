import { isDomainTopic, schemaTexts, topicEntry, topics, type DomainTopic } from '@trunkline/events';

/** Avro schemas as far as packages/events/src/compatibility.ts lets them be. */
export type AvroSchema = string | readonly AvroSchema[] | AvroRecord | AvroArray | AvroTimestamp;

export interface AvroRecord {
  readonly type: 'record';
  readonly namespace: string;
  readonly name: string;
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly doc: string;
  readonly type: AvroSchema;
}

interface AvroArray {
  readonly type: 'array';
  readonly items: AvroSchema;
}

interface AvroTimestamp {
  readonly type: 'long';
  readonly logicalType: 'timestamp-millis';
}

/** What can be made of a schema, node by node: a function of a value, a piece of a JSON Schema. */
export interface SchemaFold<T> {
  readonly scalar: (name: string) => T;
  readonly timestamp: () => T;
  readonly array: (items: T) => T;
  readonly record: (fields: readonly { readonly field: AvroField; readonly made: T }[]) => T;
  readonly nullable: (inner: T) => T;
}

/** The fields of a topic's payload, its envelope left out, each with what `fold` makes of it. */
export function payloadFields<T>(
  topic: DomainTopic,
  fold: SchemaFold<T>,
): readonly { readonly field: AvroField; readonly made: T }[] {
  // Written by scripts/generators, which composes and checks it.
  const { fields } = JSON.parse(schemaTexts[topic]) as AvroRecord;
  const named = new Map<string, T>();
  return fields
    .filter(({ name }) => name !== 'metadata')
    .map((field) => ({ field, made: foldSchema(field.type, fold, named) }));
}

function foldSchema<T>(schema: AvroSchema, fold: SchemaFold<T>, named: Map<string, T>): T {
  if (typeof schema === 'string') return named.get(schema) ?? fold.scalar(schema);
  if (isUnion(schema)) {
    const inner = schema.find((branch) => branch !== 'null');
    // Every union of ours is [null, T].
    return fold.nullable(foldSchema(inner ?? 'null', fold, named));
  }
  if ('fields' in schema) {
    const made = fold.record(schema.fields.map((field) => ({ field, made: foldSchema(field.type, fold, named) })));
    named.set(`${schema.namespace}.${schema.name}`, made);
    return made;
  }
  return 'items' in schema ? fold.array(foldSchema(schema.items, fold, named)) : fold.timestamp();
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

/** Every topic whose events are sent to endpoints. */
export const sentTopics: readonly DomainTopic[] = topics.filter(isDomainTopic);

const topicsByType: ReadonlyMap<string, DomainTopic> = new Map(
  sentTopics.flatMap((topic) => Object.keys(topicEntry(topic).types).map((type) => [type, topic] as const)),
);

/** Every event type that can be sent, in the order of the catalogue. */
export const sentTypes: readonly string[] = [...topicsByType.keys()];

/** The topic of an event type; undefined for a type that this build does not know. */
export function topicOfType(type: string): DomainTopic | undefined {
  return topicsByType.get(type);
}

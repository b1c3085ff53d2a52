import type { Topic } from '../../packages/events/src/catalogue.ts';

/** Anything that is written from the sources of truth: schemas/ and the catalogue. */
export interface Generator {
  readonly name: string;
  /** A folder that holds nothing else: what is there and is not written any more is stale. */
  readonly folder?: string;
  /** Every file it owns, by its path from the root of the repository. */
  files(input: GeneratorInput): ReadonlyMap<string, string>;
}

export interface GeneratorInput {
  readonly schemas: ReadonlyMap<Topic, TopicSchema>;
  /** What was released, by subject, oldest first: the text of release n is at n - 1. */
  readonly releases: ReadonlyMap<string, readonly string[]>;
}

export interface TopicSchema {
  readonly topic: Topic;
  readonly subject: string;
  /** The schema with every shared record written out where it is first used. */
  readonly schema: RecordSchema;
  /** The text that is registered: the schema on one line. */
  readonly text: string;
}

/** Avro schemas as far as schemas/ uses them; packages/events/src/compatibility.ts refuses the rest. */
export type Schema = string | readonly Schema[] | RecordSchema | ArraySchema | LogicalSchema;

export interface RecordSchema {
  readonly type: 'record';
  readonly namespace: string;
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly FieldSchema[];
}

export interface FieldSchema {
  readonly name: string;
  readonly type: Schema;
  readonly default?: null;
  readonly doc: string;
}

export interface ArraySchema {
  readonly type: 'array';
  readonly items: Schema;
}

export interface LogicalSchema {
  readonly type: 'long';
  readonly logicalType: 'timestamp-millis';
}

export function fullName(record: RecordSchema): string {
  return `${record.namespace}.${record.name}`;
}

export function isRecord(schema: Schema): schema is RecordSchema {
  return typeof schema === 'object' && 'fields' in schema;
}

export function isArray(schema: Schema): schema is ArraySchema {
  return typeof schema === 'object' && 'items' in schema;
}

import { type AvroField, payloadFields, type SchemaFold, topicOfType } from './topic-fields.ts';

/** A JSON Schema, or a part of one (draft 2020-12). */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/**
 * What a message of that type looks like in the format `standard`, as JSON Schema 2020-12; undefined for a type that this
 * build does not know. Later releases add fields and never take one away, so nothing forbids further ones.
 */
export function jsonSchemaOf(type: string): JsonSchema | undefined {
  const topic = topicOfType(type);
  if (topic === undefined) return undefined;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:trunkline:webhook:${type}`,
    title: type,
    type: 'object',
    required: ['type', 'timestamp', 'data', 'trunkline'],
    properties: {
      type: { const: type },
      timestamp: { ...timestamp, description: 'When it happened, by the clock of the provider.' },
      data: {
        type: 'object',
        description:
          topic === 'integration.event.v1'
            ? 'The message of the provider.'
            : 'What the event states. A field that is not there is not known; null is cleared.',
        properties: described(payloadFields(topic, describing)),
      },
      trunkline: origin,
    },
  };
}

const timestamp: JsonSchema = { type: 'string', format: 'date-time' };

const text: JsonSchema = { type: 'string' };

const origin: JsonSchema = {
  type: 'object',
  description: 'Where the event comes from.',
  required: ['id', 'tenant', 'source', 'provider', 'account', 'entity', 'estimated', 'correction'],
  properties: {
    id: {
      type: 'string',
      pattern: '^evt_[0-9a-f]{32}$',
      description: 'The event id; equal to webhook-id. Dedupe by it.',
    },
    tenant: text,
    source: text,
    provider: text,
    account: text,
    entity: {
      type: 'object',
      description: 'What it is about. Of two events about one entity the one with the greater version is newer.',
      required: ['kind', 'id', 'version'],
      properties: { kind: text, id: text, version: text },
    },
    estimated: { type: 'boolean', description: 'True where the provider stated no usable time.' },
    correction: { type: 'integer', description: '0, or the number of the replay that repairs an earlier event.' },
    about: { type: 'object', description: 'What describes the event and not the entity.' },
    truncated: { const: true, description: 'Present where data was left out, because it was too large.' },
  },
};

const scalars: Readonly<Record<string, JsonSchema>> = {
  string: text,
  boolean: { type: 'boolean' },
  int: { type: 'integer' },
  long: { type: 'integer' },
  bytes: { type: 'string', contentEncoding: 'base64' },
};

const describing: SchemaFold<JsonSchema> = {
  scalar: (name) => scalars[name] ?? {},
  timestamp: () => timestamp,
  array: (items) => ({ type: 'array', items }),
  record: (fields) => ({
    type: 'object',
    required: fields.map(({ field }) => field.name),
    properties: described(fields),
  }),
  nullable: (inner) => ({ ...inner, type: [inner['type'], 'null'] }),
};

function described(fields: readonly { readonly field: AvroField; readonly made: JsonSchema }[]): JsonSchema {
  return Object.fromEntries(fields.map(({ field, made }) => [field.name, { ...made, description: field.doc }]));
}

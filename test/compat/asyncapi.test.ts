import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { schemaTexts, topicEntry, topics } from '@trunkline/events';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const load = createRequire(import.meta.url);

interface Reference {
  readonly $ref: string;
}

/** As far as the tests look at it. */
interface Document {
  readonly info: Readonly<Record<string, unknown>>;
  readonly channels: Readonly<Record<string, { readonly address: string; readonly bindings: Json }>>;
  readonly operations: Readonly<Record<string, { readonly action: string; readonly channel: Reference }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<
        string,
        { readonly headers: unknown; readonly payload: { readonly schema: unknown }; readonly bindings: Json }
      >
    >;
  };
}

type Json = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

// Ours; a wrong shape fails the tests that read it.
const document = JSON.parse(await readFile(join(root, 'docs/asyncapi.json'), 'utf8')) as Document;

/** AsyncAPI's own JSON Schema of 3.1.0, with those of bindings and Avro. References are not its business. */
const accepts = new Ajv({
  strict: false,
  // The bundle brings the meta-schema of draft 7 with it.
  meta: false,
  validateSchema: false,
  logger: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    'uri-reference': true,
    'uri-template': true,
    email: true,
    regex: true,
    uuid: true,
    int64: true,
  },
}).compile(load('@asyncapi/specs/schemas/3.1.0.json') as object);

/** Mistakes a generator could make, each in another part of the document: the schema would be no proof if it let them in. */
const damages = [
  { name: 'a title of another name', from: '"title":"Trunkline"', to: '"name":"Trunkline"' },
  { name: 'the action of an older version', from: '"action":"receive"', to: '"action":"publish"' },
  { name: 'a retention that is no number', from: '"retention.ms":604800000', to: '"retention.ms":"7d"' },
  { name: 'a schema id in an unknown place', from: '"schemaIdLocation":"payload"', to: '"schemaIdLocation":"value"' },
  { name: 'a payload that is no Avro', from: '"type":"record"', to: '"type":"object"' },
  { name: 'headers that are no schema', from: '"required":["ce_specversion"', to: '"required":[1' },
];

describe('docs/asyncapi.json', () => {
  it('is a document of AsyncAPI 3.1.0', () => {
    const isValid = accepts(document);

    expect(accepts.errors ?? []).toEqual([]);
    expect(isValid).toBe(true);
  });

  it.each(damages)('would be refused with $name', ({ from, to }) => {
    const text = JSON.stringify(document);
    const damaged: unknown = JSON.parse(text.replace(from, to));

    expect(text).toContain(from);
    expect(accepts(damaged)).toBe(false);
  });

  it('has no reference that leads nowhere', () => {
    const references = referencesIn(document);

    const broken = references.filter((reference) => resolved(reference) === undefined);

    expect(references.length).toBeGreaterThan(3 * topics.length);
    expect(broken).toEqual([]);
  });

  it('lets a subscriber receive every topic, and send only what others may ask for', () => {
    const of = (action: string): readonly string[] =>
      Object.values(document.operations)
        .filter((operation) => operation.action === action)
        .map(({ channel }) => document.channels[channel.$ref.slice('#/channels/'.length)]?.address ?? channel.$ref);

    expect(of('receive')).toEqual(topics);
    expect(of('send')).toEqual(['notifications.request.v1']);
  });

  it.each(topics)('says of %s by which schema it is written and where the id of that stands', (topic) => {
    const message = document.components.messages[topic];

    expect(message?.payload).toEqual({
      schemaFormat: 'application/vnd.apache.avro;version=1.9.0',
      schema: JSON.parse(schemaTexts[topic]),
    });
    expect(message?.bindings['kafka']).toMatchObject({
      key: { type: 'string' },
      schemaIdLocation: 'payload',
      schemaIdPayloadEncoding: 'confluent',
    });
    // Every type of the topic, as far as it has a header of that name.
    const { kind, types } = topicEntry(topic);
    const expected = kind === 'domain' || kind === 'integration' ? Object.keys(types) : [];
    expect(expected.filter((type) => !JSON.stringify(message?.headers).includes(`"${type}"`))).toEqual([]);
  });
});

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('$ref' in value && typeof value.$ref === 'string') return [value.$ref];
  return Object.values(value).flatMap(referencesIn);
}

function resolved(reference: string): unknown {
  return reference
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((value, name) => Object(value)[name], document);
}

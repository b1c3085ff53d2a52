import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventContentType } from '../../packages/events/src/headers.ts';
import type { Generator } from './generator.ts';
import { headersOf } from './headers.ts';
import { retentionDays, topicFacts, type TopicFacts } from './topic-facts.ts';

/**
 * The contract as an AsyncAPI document, from the side of a subscriber: it receives. Schemas are written out, so that the
 * file can be handed on and loaded by itself.
 */
export const asyncapi: Generator = {
  name: 'asyncapi',
  files: (input) => new Map([['docs/asyncapi.json', `${print(documentOf(topicFacts(input)), '')}\n`]]),
};

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const avro = 'application/vnd.apache.avro;version=1.9.0';
const bindingVersion = '0.5.0';

function documentOf(facts: readonly TopicFacts[]): Json {
  return {
    asyncapi: '3.1.0',
    info: info(),
    defaultContentType: eventContentType,
    servers: { kafka: server },
    channels: byTopic(facts, channel),
    operations: Object.fromEntries(facts.flatMap(operations)),
    components: {
      messages: byTopic(facts, message),
      schemas: Object.fromEntries(
        Object.entries(headersOf).map(([kind, headers]) => [
          headersName(kind),
          {
            type: 'object',
            description: 'Kafka headers, UTF-8 text. Copies for routing: the record decides.',
            required: headers.filter(({ required }) => required).map(({ name }) => name),
            properties: Object.fromEntries(
              headers.map(({ name, doc, example }) => [
                name,
                { type: 'string', description: doc, examples: [example] },
              ]),
            ),
          },
        ]),
      ),
    },
  };
}

function info(): Json {
  return {
    title: 'Trunkline',
    version: releaseOf('package.json'),
    description: [
      'What Trunkline writes to Kafka, as a subscriber sees it: `receive` is what you do, `send` is what you may ask for.',
      '',
      'Delivery is at least once: dedupe by the header `ce_id`. Which of two events about one entity is newer is said by `metadata.entityVersion`: the greater text, compared as bytes. Apply an event to the fields in `metadata.statedFields` only.',
      '',
      'Where several installations share a broker, each puts its namespace before topic names and subjects; the names here are without it.',
      '',
      'For people: docs/topics.md. How to write a subscriber: docs/how-to/subscribe.md.',
    ].join('\n'),
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  };
}

const server: Json = {
  host: '{bootstrap}',
  protocol: 'kafka',
  description: 'The Kafka of the installation. Ask its operator for the addresses, a group prefix and read rights.',
  variables: { bootstrap: { default: 'localhost:9092', description: 'Bootstrap brokers, <host>:<port>,…' } },
  bindings: { kafka: { schemaRegistryVendor: 'confluent', bindingVersion } },
};

function channel(facts: TopicFacts): Json {
  const { topic, words, partitions, replicas, config } = facts;
  return {
    address: topic,
    title: topic,
    summary: `Tells ${words.looksFor}.`,
    description: [
      facts.schema.doc,
      `Order holds among the records of ${words.orderedWith}. Kept for ${retentionDays(facts)} days, not compacted.`,
      ...(words.note === undefined ? [] : [words.note]),
    ].join('\n\n'),
    messages: { record: { $ref: `#/components/messages/${topic}` } },
    bindings: {
      kafka: {
        topic,
        partitions,
        replicas,
        topicConfiguration: {
          'cleanup.policy': (config['cleanup.policy'] ?? '').split(','),
          'retention.ms': Number(config['retention.ms']),
          'max.message.bytes': Number(config['max.message.bytes']),
        },
        bindingVersion,
      },
    },
  };
}

function operations(facts: TopicFacts): readonly [string, Json][] {
  const { topic, words, entry } = facts;
  const parts = {
    channel: { $ref: `#/channels/${topic}` },
    messages: [{ $ref: `#/channels/${topic}/messages/record` }],
  };
  const isRequest = entry.kind === 'request';
  const receive: Json = {
    action: 'receive',
    summary: isRequest ? `Fulfil the wish ${words.looksFor}.` : `Be told ${words.looksFor}.`,
    ...parts,
    bindings: {
      kafka: {
        groupId: { type: 'string', description: 'Of your own, under the prefix your operator gave you.' },
        bindingVersion,
      },
    },
  };
  const send: Json = { action: 'send', summary: `Ask ${words.looksFor}.`, ...parts };
  return [
    [`receive.${topic}`, receive],
    ...(words.othersWrite ? [[`send.${topic}`, send] satisfies [string, Json]] : []),
  ];
}

function message(facts: TopicFacts): Json {
  const { entry, schema, types, example } = facts;
  return {
    name: `${schema.namespace}.${schema.name}`,
    title: `${entry.domain}.${entry.entity}`,
    summary: types.length === 0 ? schema.doc : `One of: ${types.join(', ')}. More may come.`,
    contentType: eventContentType,
    headers: headers(facts),
    payload: { schemaFormat: avro, schema: asJson(schema) },
    bindings: {
      kafka: {
        key: {
          type: 'string',
          description: `Never null, UTF-8: the parts of docs/records.md, "Entities and keys". Order holds among the records of ${facts.words.orderedWith}; it is no identity.`,
          ...(example === undefined ? {} : { examples: [example.key] }),
        },
        schemaIdLocation: 'payload',
        schemaIdPayloadEncoding: 'confluent',
        schemaLookupStrategy: 'TopicNameStrategy',
        bindingVersion,
      },
    },
    ...(example === undefined ? {} : { examples: [{ name: 'example', payload: asJson(example.value) }] }),
    'x-trunkline-subject': entry.subject,
    'x-trunkline-release': facts.release,
  };
}

/** What every topic of the kind has, and what this one's say. */
function headers({ entry, types }: TopicFacts): Json {
  const all: Json = { $ref: `#/components/schemas/${headersName(entry.kind)}` };
  if (!headersOf[entry.kind].some(({ name }) => name === 'ce_type')) return all;
  return {
    allOf: [
      all,
      {
        type: 'object',
        properties: {
          // No enum: a release may add a type, and that must break nobody.
          ce_type: { type: 'string', pattern: String.raw`^${entry.domain}\.${entry.entity}\.`, examples: [...types] },
          ce_dataschema: { type: 'string', pattern: `^urn:trunkline:schema:${entry.subject}:[1-9][0-9]*$` },
        },
      },
    ],
  };
}

function headersName(kind: string): string {
  return `${kind}Headers`;
}

function byTopic(facts: readonly TopicFacts[], say: (facts: TopicFacts) => Json): Json {
  return Object.fromEntries(facts.map((each) => [each.topic, say(each)]));
}

function releaseOf(file: string): string {
  // npm refuses a package.json without a version in a workspace root that is released.
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')) as { version: string };
  return version;
}

function asJson(value: unknown): Json {
  // What is read back from JSON text is JSON.
  return JSON.parse(JSON.stringify(value)) as Json;
}

const lineWidth = 160;

/** JSON with what is short on one line, so that a schema shows one field a line. */
function print(value: Json, indent: string): string {
  const line = JSON.stringify(value);
  if (line.length <= lineWidth || typeof value !== 'object' || value === null) return line;
  const deeper = `${indent}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item: Json) => print(item, deeper))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${print(item, deeper)}`);
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${items.map((item) => deeper + item).join(',\n')}\n${indent}${close}`;
}

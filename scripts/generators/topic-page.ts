import {
  fullName,
  isArray,
  isRecord,
  type FieldSchema,
  type Generator,
  type RecordSchema,
  type Schema,
} from './generator.ts';
import { headersOf } from './headers.ts';
import { anchorOf, banner, code, fenced, page, table, text } from './markdown.ts';
import { type Feed, retentionDays, topicFacts, type TopicFacts } from './topic-facts.ts';

/** The catalogue for people: which topic to subscribe to, and what its records say. */
export const topicPage: Generator = {
  name: 'topic-page',
  files: (input) => new Map([['docs/topics.md', pageOf(topicFacts(input))]]),
};

function pageOf(facts: readonly TopicFacts[]): string {
  return page(
    banner('packages/events/src/catalogue, schemas/ and packages/providers/src'),
    '# Topics',
    'Which topic to subscribe to, and what its records say. How to subscribe, in Node and in Python: [how-to/subscribe.md](how-to/subscribe.md). The same for tools: [asyncapi.json](asyncapi.json) (AsyncAPI 3.1). Why it is so, to the byte: [records.md](records.md).',
    '## Which topic?',
    ...chooser(facts),
    '## What holds for every topic',
    everyTopic(facts),
    '### Headers of an event',
    headers('domain'),
    '### Headers of a request',
    headers('request'),
    ...sharedRecords(facts).flatMap((record) => [`### ${record.name}`, record.doc, fields(record.fields)]),
    ...facts.flatMap(topicSection),
  );
}

const kindTitles = {
  domain: 'I want to know …',
  integration: 'I want to know …',
  request: 'I want …',
  ingress: 'I operate this and want to see …',
} as const;

function chooser(facts: readonly TopicFacts[]): readonly string[] {
  const titles = [...new Set(Object.values(kindTitles))];
  return titles.map((title) =>
    table(
      [title, 'Topic', 'Kept', 'From'],
      facts
        .filter(({ entry }) => kindTitles[entry.kind] === title)
        .map((each) => [
          each.words.looksFor,
          `[${each.topic}](#${anchorOf(each.topic)})`,
          `${retentionDays(each)} days`,
          providersOf(each),
        ]),
    ),
  );
}

function providersOf({ feeds, entry }: TopicFacts): string {
  if (entry.kind === 'integration') return 'every provider';
  if (entry.kind !== 'domain') return 'Trunkline';
  return [...new Set(feeds.map(({ title }) => title))].join(', ') || 'no provider yet';
}

function everyTopic(facts: readonly TopicFacts[]): string {
  const partitions = [...new Set(facts.map((each) => each.partitions))].join(' or ');
  return [
    '- **At least once.** The same record may come again, from Kafka or from a provider. Dedupe by the header `ce_id` (of a delivery or rejection by `deliveryId`).',
    '- **Order** holds among records with equal keys on one topic, and nowhere else. What arrives later may have happened earlier.',
    '- **Stale or new.** Of two events about one entity (tenant, provider, account, kind, id) the one with the greater `metadata.entityVersion` is newer, compared as bytes. Apply an event to the fields in `metadata.statedFields` only: null there means cleared, a field that is not named is not known.',
    `- **Kept** for the days in the table, then gone: ${partitions} partitions, for ever; no compaction, so a topic is not a store. Read from the beginning, you see those days.`,
    '- **Value**: Avro in the Confluent wire format, one record type per topic, subject `<topic>-value`. A later release adds fields that may be null and types of events, and takes nothing away.',
    '- **Types in the tables**: `?` may be null; `instant` is a long of epoch milliseconds (`timestamp-millis`); in the examples bytes are base64.',
  ].join('\n');
}

function headers(kind: 'domain' | 'request'): string {
  return table(
    ['Header', 'What', 'For example'],
    headersOf[kind].map(({ name, doc, example }) => [code(name), doc, code(example)]),
  );
}

/** Records that more than one topic uses: envelopes and HTTP headers. Told once. */
function sharedRecords(facts: readonly TopicFacts[]): readonly RecordSchema[] {
  const seen = new Map<string, { readonly record: RecordSchema; uses: number }>();
  for (const { schema } of facts) {
    for (const record of recordsIn(schema.fields)) {
      const known = seen.get(fullName(record)) ?? { record, uses: 0 };
      known.uses += 1;
      seen.set(fullName(record), known);
    }
  }
  return [...seen.values()].filter(({ uses }) => uses > 1).map(({ record }) => record);
}

function recordsIn(owned: readonly FieldSchema[]): readonly RecordSchema[] {
  return owned.flatMap(({ type }) => recordsOf(type));
}

function recordsOf(schema: Schema): readonly RecordSchema[] {
  if (typeof schema === 'string') return [];
  if (isRecord(schema)) return [schema, ...recordsIn(schema.fields)];
  if (isArray(schema)) return recordsOf(schema.items);
  if ('logicalType' in schema) return [];
  return schema.flatMap(recordsOf);
}

function topicSection(facts: TopicFacts): readonly string[] {
  const { topic, schema, words, example } = facts;
  const shared = ['Metadata', 'RequestMetadata', 'Header'];
  const own = recordsIn(schema.fields).filter(({ name }) => !shared.includes(name));
  return [
    `## ${topic}`,
    text(schema.doc),
    ...(words.note === undefined ? [] : [text(words.note)]),
    summary(facts),
    ...(facts.feeds.length === 0 ? [] : [feeds(facts)]),
    fields(schema.fields),
    ...own.flatMap((record) => [`**${record.name}**: ${text(record.doc)}`, fields(record.fields)]),
    ...(example === undefined
      ? []
      : [
          `<details><summary>An example record</summary>`,
          `Key \`${example.key}\``,
          fenced('json', JSON.stringify(example.value, undefined, 2)),
          '</details>',
        ]),
  ];
}

function summary(facts: TopicFacts): string {
  const { entry, types, words } = facts;
  const rows: readonly (readonly [string, string])[] = [
    ...(types.length === 0
      ? []
      : [[entry.kind === 'request' ? 'Asks for' : 'Types', types.map(code).join(', ')] as const]),
    ['Order', `among the records of ${words.orderedWith}`],
    ['Stale or new', staleness(facts)],
    ['Kept', `${retentionDays(facts)} days; a record has at most ${mebibytes(facts)}`],
    [
      'Schema',
      `subject \`${entry.subject}\`, release ${facts.release}: [schemas/${entry.schema}](../schemas/${entry.schema})`,
    ],
  ];
  return table(['', ''], rows);
}

function staleness({ entry }: TopicFacts): string {
  switch (entry.kind) {
    case 'domain':
      return entry.untimed
        ? '`metadata.entityVersion`; the provider states no time, so inside one status the time of receipt decides'
        : '`metadata.entityVersion`';
    case 'integration':
      return 'not known: such a message states no fields; `metadata.occurredAt` is a hint';
    case 'ingress':
      return 'a record never changes; one per delivery, `deliveryId`';
    case 'request':
      return 'requests are not versions of one another; `metadata.requestId` is the idempotency key of what is done';
  }
}

function mebibytes({ config }: TopicFacts): string {
  return `${(Number(config['max.message.bytes']) / 1_048_576).toFixed(1)} MiB`;
}

function feeds(facts: TopicFacts): string {
  if (facts.entry.kind === 'integration') {
    const titles = new Map(facts.feeds.map(({ provider, title }) => [provider, title]));
    const links = [...titles].map(([provider, title]) => `[${title}](providers/${provider}.md)`);
    return `From every provider, whatever its page calls \`integration.event.received\`: ${links.join(', ')}.`;
  }
  return table(
    ['Type', 'Which event of which provider'],
    facts.types.map((type) => [
      code(type),
      facts.feeds
        .filter((feed) => feed.type === type)
        .map(feedText)
        .join('; '),
    ]),
  );
}

function feedText({ provider, title, from }: Feed): string {
  const names = from.map((name) => (name === '*' ? 'everything else' : code(name)));
  return `[${title}](providers/${provider}.md): ${names.join(', ')}`;
}

function fields(owned: readonly FieldSchema[]): string {
  return table(
    ['Field', 'Type', 'What'],
    owned.map(({ name, type, doc }) => [code(name), typeText(type), doc]),
  );
}

function typeText(schema: Schema): string {
  if (typeof schema === 'string') return schema.split('.').at(-1) ?? schema;
  if (isRecord(schema)) return schema.name;
  if (isArray(schema)) return `list of ${typeText(schema.items)}`;
  if ('logicalType' in schema) return 'instant';
  // Only [null, T] passes the schema rules.
  return `${schema
    .filter((branch) => branch !== 'null')
    .map(typeText)
    .join('')}?`;
}

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  incompatibilities,
  isDomainTopic,
  releasedNumbers,
  ruleBreaches,
  schemaTexts,
  topicEntry,
  topics,
} from '@trunkline/events';
import { afterEach, describe, expect, it } from 'vitest';

import {
  digestFile,
  digestOf,
  readReleases,
  releaseChanged,
  releasedFolder,
  unreleasedSubjects,
} from '../../scripts/generators/releases.ts';
import { readSchemas } from '../../scripts/generators/schemas.ts';

const root = join(import.meta.dirname, '../..');

describe('released schemas', () => {
  it('are never edited or taken away: each still has the digest it was released with', async () => {
    const lines = (await readFile(join(root, digestFile), 'utf8')).trimEnd().split('\n');
    const listed = lines.map((line) => line.slice(66));
    const actual = await Promise.all(
      lines.map(
        async (line) =>
          `${digestOf(await readFile(join(root, releasedFolder, line.slice(66)), 'utf8'))}  ${line.slice(66)}`,
      ),
    );
    const releases = await readReleases(root);
    const present = [...releases].flatMap(([subject, texts]) =>
      texts.map((_text, index) => `${subject}/${index + 1}.avsc`),
    );

    expect(actual).toEqual(lines);
    expect(listed.toSorted()).toEqual(present.toSorted());
  });

  it.each(topics)('of %s end with the schema of this build', async (topic) => {
    const releases = (await readReleases(root)).get(topicEntry(topic).subject) ?? [];

    expect(releases).toHaveLength(releasedNumbers[topic]);
    expect(JSON.parse(releases.at(-1) ?? '{}')).toEqual(JSON.parse(schemaTexts[topic]));
  });

  it.each(topics)('of %s can each read and be read by the schema of this build', async (topic) => {
    const releases = (await readReleases(root)).get(topicEntry(topic).subject) ?? [];

    for (const released of releases) expect(incompatibilities(released, schemaTexts[topic])).toEqual([]);
  });

  it.each(topics)('of %s keep the rules', (topic) => {
    expect(ruleBreaches(schemaTexts[topic])).toEqual([]);
  });
});

interface Field {
  name: string;
  type: unknown;
  default?: unknown;
  doc?: string;
  aliases?: string[];
}

interface Schema {
  type: string;
  namespace: string;
  name: string;
  aliases?: string[];
  fields: Field[];
}

/** A small schema with one of everything; the topics' own are these at greater length. */
function sample(): Schema {
  return {
    type: 'record',
    namespace: 'trunkline.samples',
    name: 'Sample',
    fields: [
      {
        name: 'metadata',
        type: {
          type: 'record',
          namespace: 'trunkline',
          name: 'Metadata',
          fields: [{ name: 'id', type: 'string', doc: 'd' }],
        },
        doc: 'd',
      },
      { name: 'count', type: 'int', doc: 'd' },
      { name: 'amount', type: ['null', 'long'], default: null, doc: 'd' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, doc: 'd' },
      { name: 'tags', type: { type: 'array', items: 'string' }, doc: 'd' },
      { name: 'note', type: ['null', 'string'], default: null, doc: 'd' },
    ],
  };
}

function changed(change: (schema: Schema) => void): string {
  const schema = sample();
  change(schema);
  return JSON.stringify(schema);
}

function field(schema: Schema, name: string): Field {
  const found = schema.fields.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`the sample has no field ${name}`);
  return found;
}

function metadataOf(schema: Schema): Schema {
  // The sample's first field holds a record.
  return field(schema, 'metadata').type as Schema;
}

const nullableField: Field = { name: 'later', type: ['null', 'string'], default: null, doc: 'd' };

describe('a schema may follow another', () => {
  it.each([
    ['when nothing changed', () => undefined],
    ['with one more nullable field', (schema: Schema) => schema.fields.push(nullableField)],
    ['with one more nullable field in the envelope', (schema: Schema) => metadataOf(schema).fields.push(nullableField)],
    ['with another doc', (schema: Schema) => (field(schema, 'note').doc = 'better')],
    ['with its fields in another order', (schema: Schema) => schema.fields.push(...schema.fields.splice(1, 1))],
  ])('%s', (_name, change: (schema: Schema) => unknown) => {
    const candidate = changed((schema) => void change(schema));

    expect(
      incompatibilities(
        changed(() => undefined),
        candidate,
      ),
    ).toEqual([]);
    expect(ruleBreaches(candidate)).toEqual([]);
  });
});

describe('a schema may not follow another', () => {
  it.each([
    ['with another name', (schema: Schema) => (schema.name = 'Renamed'), 'changes name'],
    ['with another namespace', (schema: Schema) => (schema.namespace = 'elsewhere'), 'changes namespace'],
    [
      'with another name of a record inside',
      (schema: Schema) => (metadataOf(schema).name = 'Envelope'),
      'metadata changes name',
    ],
    ['with an alias, which is a rename', (schema: Schema) => (schema.aliases = ['Old']), 'changes aliases'],
    ['without a field', (schema: Schema) => schema.fields.splice(2, 1), 'amount is removed'],
    ['without a field of the envelope', (schema: Schema) => (metadataOf(schema).fields = []), 'metadata.id is removed'],
    ['with a renamed field', (schema: Schema) => (field(schema, 'note').name = 'remark'), 'note is removed'],
    [
      'with a renamed field and an alias',
      (schema: Schema) => Object.assign(field(schema, 'note'), { name: 'remark', aliases: ['note'] }),
      'note is removed',
    ],
    ['with a promoted type', (schema: Schema) => (field(schema, 'count').type = 'long'), 'count changes its type'],
    ['with another type', (schema: Schema) => (field(schema, 'count').type = 'string'), 'count changes its type'],
    [
      'with other items',
      (schema: Schema) => (field(schema, 'tags').type = { type: 'array', items: 'bytes' }),
      'tags changes its type',
    ],
    [
      'with a required field made nullable',
      (schema: Schema) => Object.assign(field(schema, 'count'), { type: ['null', 'int'], default: null }),
      'count changes its union',
    ],
    [
      'with a nullable field made required',
      (schema: Schema) => Object.assign(field(schema, 'amount'), { type: 'long', default: 0 }),
      'amount changes its union',
    ],
    [
      'with a longer union',
      (schema: Schema) => (field(schema, 'note').type = ['null', 'string', 'bytes']),
      'note changes its union',
    ],
    [
      'with the branches of a union swapped',
      (schema: Schema) => Object.assign(field(schema, 'note'), { type: ['string', 'null'], default: '' }),
      'note changes its type',
    ],
    ['with another default', (schema: Schema) => (field(schema, 'count').default = 1), 'count changes default'],
    ['without a default', (schema: Schema) => delete field(schema, 'note').default, 'note changes default'],
    [
      'without a logical type',
      (schema: Schema) => (field(schema, 'at').type = { type: 'long' }),
      'at changes logicalType',
    ],
    [
      'with a logical type added',
      (schema: Schema) => (field(schema, 'amount').type = ['null', { type: 'long', logicalType: 'timestamp-millis' }]),
      'amount changes its type',
    ],
    [
      'with one more required field',
      (schema: Schema) => schema.fields.push({ name: 'later', type: 'string', doc: 'd' }),
      'later is new and not',
    ],
    [
      'with one more field that is required with a default',
      (schema: Schema) => schema.fields.push({ name: 'later', type: 'string', default: '', doc: 'd' }),
      'later is new and not',
    ],
    [
      'with one more nullable field that has no default',
      (schema: Schema) => schema.fields.push({ name: 'later', type: ['null', 'string'], doc: 'd' }),
      'later is new and not',
    ],
    [
      'with one more nullable field whose default is another',
      (schema: Schema) => schema.fields.push({ name: 'later', type: ['string', 'null'], default: '', doc: 'd' }),
      'later is new and not',
    ],
  ])('%s', (_name, change: (schema: Schema) => unknown, reason) => {
    const reasons = incompatibilities(
      changed(() => undefined),
      changed((schema) => void change(schema)),
    );

    expect(reasons.join('\n')).toContain(reason);
  });

  it.each([
    [
      'a reader cannot find what it requires',
      (schema: Schema) => schema.fields.splice(1, 1),
      'the released schema cannot read what the candidate wrote',
    ],
    [
      'it cannot find what it requires',
      (schema: Schema) => schema.fields.push({ name: 'later', type: 'string' }),
      'the candidate cannot read what the released schema wrote',
    ],
  ])('when Avro itself says that %s', (_name, change: (schema: Schema) => unknown, reason) => {
    const reasons = incompatibilities(
      changed(() => undefined),
      changed((schema) => void change(schema)),
    );

    expect(reasons.join('\n')).toContain(reason);
  });
});

describe('a schema breaks the rules', () => {
  it.each([
    ['with an enum', { type: { type: 'enum', name: 'E', symbols: ['A'] } }, 'uses the type enum'],
    ['with a float', { type: 'double' }, 'uses the type double'],
    ['with a map', { type: { type: 'map', values: 'string' } }, 'uses the type map'],
    ['with a fixed', { type: { type: 'fixed', name: 'F', size: 4 } }, 'uses the type fixed'],
    ['with a decimal', { type: { type: 'bytes', logicalType: 'decimal', precision: 4 } }, 'has the logical type'],
    ['with microseconds', { type: { type: 'long', logicalType: 'timestamp-micros' } }, 'has the logical type'],
    [
      'with a union of more than null and one type',
      { type: ['null', 'string', 'long'], default: null },
      'has a union other than [null, T]',
    ],
    ['with null last', { type: ['string', 'null'], default: '' }, 'has a union other than [null, T]'],
    ['with a nullable field that has no default', { type: ['null', 'string'] }, 'is nullable without the default null'],
    ['with a required field that has one', { type: 'string', default: '' }, 'is required and has a default'],
    ['with a field without a doc', { type: 'string', doc: undefined }, 'has no doc'],
    ['with an alias', { type: 'string', aliases: ['old'] }, 'has aliases'],
    [
      'with a forbidden type inside an array',
      { type: { type: 'array', items: 'float' } },
      'later[] uses the type float',
    ],
  ])('%s', (_name, change: Partial<Omit<Field, 'doc'>> & { doc?: undefined }, reason) => {
    const candidate = changed(
      (schema) => void schema.fields.push({ name: 'later', type: 'string', doc: 'd', ...change } as Field),
    );

    expect(ruleBreaches(candidate).join('\n')).toContain(reason);
  });
});

describe('releasing', () => {
  const folders: string[] = [];
  afterEach(async () => {
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
  });

  async function copyOfSchemas(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-schemas-'));
    folders.push(folder);
    await cp(join(root, 'schemas'), join(folder, 'schemas'), { recursive: true });
    return folder;
  }

  async function edit(folder: string, file: string, change: (schema: Schema) => void): Promise<void> {
    const path = join(folder, 'schemas', file);
    const schema = JSON.parse(await readFile(path, 'utf8')) as Schema;
    change(schema);
    await writeFile(path, JSON.stringify(schema));
  }

  it('adds the next number where a schema changed, keeps the first, and writes its digest down', async () => {
    const folder = await copyOfSchemas();
    const before = await readReleases(folder);
    await edit(folder, 'payments/payment.avsc', (schema) => void schema.fields.push(nullableField));

    const outcome = await releaseChanged(folder, await readSchemas(folder));

    const after = (await readReleases(folder)).get('payments.payment.v1-value') ?? [];
    const next = `payments.payment.v1-value/${releasedNumbers['payments.payment.v1'] + 1}.avsc`;
    expect(outcome).toEqual({ released: [`schemas/released/${next}`], refusals: [] });
    expect(after[0]).toBe(before.get('payments.payment.v1-value')?.[0]);
    expect(await readFile(join(folder, digestFile), 'utf8')).toContain(`${digestOf(after.at(-1) ?? '')}  ${next}\n`);
    expect(unreleasedSubjects({ schemas: await readSchemas(folder), releases: await readReleases(folder) })).toEqual(
      [],
    );
  });

  it('releases a change of the envelope in every subject that begins with it', async () => {
    const folder = await copyOfSchemas();
    await edit(folder, 'metadata.avsc', (schema) => void schema.fields.push(nullableField));

    const outcome = await releaseChanged(folder, await readSchemas(folder));

    expect(outcome.released).toEqual(
      topics
        .filter(isDomainTopic)
        .map((topic) => `schemas/released/${topicEntry(topic).subject}/${releasedNumbers[topic] + 1}.avsc`),
    );
  });

  it('releases nothing at all when one schema may not follow', async () => {
    const folder = await copyOfSchemas();
    await edit(folder, 'payments/payment.avsc', (schema) => void schema.fields.push(nullableField));
    await edit(folder, 'ingress/delivery.avsc', (schema) => void schema.fields.pop());

    const outcome = await releaseChanged(folder, await readSchemas(folder));

    expect(outcome.released).toEqual([]);
    expect(outcome.refusals).toEqual(['ingress.delivery.v1-value may not follow its release 1: traceId is removed']);
    expect((await readReleases(folder)).get('payments.payment.v1-value')).toHaveLength(
      releasedNumbers['payments.payment.v1'],
    );
  });

  it('refuses a schema that breaks the rules, naming the file', async () => {
    const folder = await copyOfSchemas();
    await edit(
      folder,
      'ingress/header.avsc',
      (schema) => void schema.fields.push({ name: 'later', type: 'double', doc: 'd' }),
    );

    await expect(readSchemas(folder)).rejects.toThrow(
      /schemas\/integration\/event\.avsc[^]*later uses the type double/,
    );
  });
});

import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { topicEntry, topics, type Topic } from '../../packages/events/src/catalogue.ts';
import { ruleBreaches } from '../../packages/events/src/compatibility.ts';
import { fullName, isArray, isRecord, type RecordSchema, type Schema, type TopicSchema } from './generator.ts';

/** Reads schemas/ and composes the schema of every topic. Throws naming the file and what is wrong in it. */
export async function readSchemas(root: string): Promise<ReadonlyMap<Topic, TopicSchema>> {
  const sources = await readSources(join(root, 'schemas'));
  const byName = new Map([...sources.values()].map((record) => [fullName(record), record]));
  const composed = new Map<Topic, TopicSchema>();
  for (const topic of topics) {
    const { schema: file, subject } = topicEntry(topic);
    const source = sources.get(file);
    if (source === undefined) throw new Error(`the catalogue names schemas/${file}, which is not there`);
    const schema = compose(source, byName);
    const text = JSON.stringify(schema);
    const breaches = ruleBreaches(text);
    if (breaches.length > 0) throw new Error(`schemas/${file}:\n  ${breaches.join('\n  ')}`);
    composed.set(topic, { topic, subject, schema, text });
  }
  return composed;
}

async function readSources(folder: string): Promise<ReadonlyMap<string, RecordSchema>> {
  const sources = new Map<string, RecordSchema>();
  for await (const file of glob('**/*.avsc', { cwd: folder, exclude: ['released/**'] })) {
    const schema: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
    if (!isRecordSchema(schema)) throw new Error(`schemas/${file} is not a record with namespace, name and fields`);
    sources.set(file.replaceAll('\\', '/'), schema);
  }
  return sources;
}

/** Writes each shared record out where it is first used; later uses stay names, as Avro wants. */
function compose(source: RecordSchema, byName: ReadonlyMap<string, RecordSchema>): RecordSchema {
  const defined = new Set<string>();

  function expand(schema: Schema): Schema {
    if (typeof schema === 'string') {
      if (!schema.includes('.') || defined.has(schema)) return schema;
      const shared = byName.get(schema);
      if (shared === undefined) throw new Error(`no file below schemas/ defines ${schema}`);
      return expandRecord(shared);
    }
    if (isRecord(schema)) return expandRecord(schema);
    if (isArray(schema)) return { ...schema, items: expand(schema.items) };
    if ('logicalType' in schema) return schema;
    return schema.map(expand);
  }

  function expandRecord(record: RecordSchema): RecordSchema {
    defined.add(fullName(record));
    return { ...record, fields: record.fields.map((field) => ({ ...field, type: expand(field.type) })) };
  }

  return expandRecord(source);
}

function isRecordSchema(value: unknown): value is RecordSchema {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'record' &&
    'namespace' in value &&
    typeof value.namespace === 'string' &&
    'name' in value &&
    typeof value.name === 'string' &&
    'fields' in value &&
    Array.isArray(value.fields)
  );
}

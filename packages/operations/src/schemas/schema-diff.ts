import { TrunklineError } from '@trunkline/core';
import { z } from 'zod';

/** One difference between the schema a record was written with and another one, as the other sees it. */
export interface SchemaDifference {
  readonly kind: 'added' | 'removed' | 'type';
  /** Dots between the fields: `metadata.tenantId`; empty for the record itself. */
  readonly path: string;
  /** The type there, in short; undefined where it is not there. */
  readonly written: string | undefined;
  readonly other: string | undefined;
}

/**
 * What differs between two Avro schemas, field by field. Throws `schema_unknown` where one is no schema of a record, as
 * something foreign in the registry may be.
 */
export function schemaDifferences(writtenText: string, otherText: string): readonly SchemaDifference[] {
  const written = fieldsOf(parse(writtenText), '');
  const other = fieldsOf(parse(otherText), '');
  const paths = [...new Set([...written.keys(), ...other.keys()])];
  return paths.flatMap((path) => {
    const [before, after] = [written.get(path), other.get(path)];
    if (before === after) return [];
    const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'type';
    return [{ kind, path, written: before, other: after } as const];
  });
}

const recordSchema = z.looseObject({ type: z.literal('record'), name: z.string(), fields: z.array(z.unknown()) });
const fieldSchema = z.looseObject({ name: z.string(), type: z.unknown() });

function parse(text: string): z.infer<typeof recordSchema> {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new TrunklineError('schema_unknown', 'it is no Avro schema of a record', { cause });
  }
}

/** Every field below a record with its type in short. */
function fieldsOf(schema: z.infer<typeof recordSchema>, path: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const each of schema.fields) {
    const field = fieldSchema.safeParse(each);
    if (!field.success) continue;
    const { name, type } = field.data;
    const here = path === '' ? name : `${path}.${name}`;
    found.set(here, shortOf(type));
    for (const nested of recordsIn(type)) for (const [below, short] of fieldsOf(nested, here)) found.set(below, short);
  }
  return found;
}

const namedSchema = z.looseObject({
  type: z.unknown(),
  name: z.string().optional(),
  logicalType: z.string().optional(),
  items: z.unknown().optional(),
  values: z.unknown().optional(),
  symbols: z.array(z.string()).optional(),
});

/** The records that a type holds, through unions, arrays and maps. */
function recordsIn(type: unknown): readonly z.infer<typeof recordSchema>[] {
  if (Array.isArray(type)) return type.flatMap(recordsIn);
  const record = recordSchema.safeParse(type);
  if (record.success) return [record.data];
  const named = namedSchema.safeParse(type);
  return named.success ? [...recordsIn(named.data.items), ...recordsIn(named.data.values)] : [];
}

/** `null | long (timestamp-millis)`, `array of Item`. Docs, defaults and the fields of a record are no part of it. */
function shortOf(type: unknown): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.map(shortOf).join(' | ');
  const named = namedSchema.safeParse(type);
  if (!named.success) return 'unknown';
  const { type: kind, name, logicalType, items, values, symbols } = named.data;
  if (kind === 'array') return `array of ${shortOf(items)}`;
  if (kind === 'map') return `map of ${shortOf(values)}`;
  const short = name ?? (typeof kind === 'string' ? kind : 'unknown');
  if (logicalType !== undefined) return `${short} (${logicalType})`;
  return symbols === undefined ? short : `${short} {${symbols.join(', ')}}`;
}

import { createRecentMap, type RecentMap, TrunklineError } from '@trunkline/core';
import type { Type } from 'avsc';

import { ownType } from './avro-types.ts';
import type { RecordOf, Topic } from './catalogue.ts';
import type { Metadata } from './generated/records.ts';
import { schemaTexts } from './generated/schemas.ts';
import type { SchemaRegistry } from './ports.ts';
import { createWriterSchemas, defaultWriterSchemaLimits, type WriterSchemaLimits } from './writer-schemas.ts';

/**
 * Some fields of a record, for readers that want no more: the others are passed over and not decoded. Of the fields
 * behind the last one that is wanted nothing is proved. Writes nothing, so no schema needs to be registered.
 */
export interface RecordView<Part> {
  /** Throws as `EventCodec.decode` does. */
  read(value: Buffer | null): Promise<Part>;
  /** As read, at once; undefined when the writer's schema is not at hand and read has to fetch it. */
  readNow(value: Buffer | null): Part | undefined;
}

export interface RecordViews {
  /** Fields of the records of one topic. */
  ofRecord<T extends Topic, F extends keyof RecordOf<T> & string>(
    topic: T,
    fields: readonly F[],
  ): RecordView<Pick<RecordOf<T>, F>>;
  /** Fields of the envelope, which is the first field of every event, on whichever topic. */
  ofMetadata<F extends keyof Metadata>(fields: readonly F[]): RecordView<Pick<Metadata, F>>;
}

export interface RecordViewsOptions {
  readonly registry: Pick<SchemaRegistry, 'schemaOf'>;
  readonly limits?: Partial<WriterSchemaLimits>;
}

const prefixBytes = 5;

/** The views of one process share what they know of schemas. */
export function createRecordViews(options: RecordViewsOptions): RecordViews {
  const limits = { ...defaultWriterSchemaLimits, ...options.limits };
  const writers = createWriterSchemas(options.registry, limits, () => performance.now());

  function viewOf<Part>(reader: Type, partOf: (writer: Type) => Type | undefined): RecordView<Part> {
    const resolvers: RecentMap<number, Resolved | TrunklineError> = createRecentMap(limits.maxKept);

    function resolvedOf(id: number, writer: Type): Resolved {
      const known = resolvers.get(id) ?? resolve(id, writer);
      resolvers.set(id, known);
      if (known instanceof TrunklineError) throw known;
      return known;
    }

    function resolve(id: number, writer: Type): Resolved | TrunklineError {
      try {
        const part = partOf(writer);
        if (part !== undefined) return { resolver: reader.createResolver(part) };
        return new TrunklineError('decode_failed', `a record written with schema ${id} has no envelope`);
      } catch (cause) {
        return new TrunklineError('decode_failed', `a record written with schema ${id} is of another kind`, { cause });
      }
    }

    function decode(value: Buffer, { resolver }: Resolved): Part {
      let decoded: { readonly value: unknown; readonly offset: number };
      try {
        decoded = reader.decode(value, prefixBytes, resolver);
      } catch (cause) {
        throw new TrunklineError('decode_failed', 'the value is not such a record', { cause });
      }
      if (decoded.offset < 0) throw new TrunklineError('decode_failed', 'the value ends too early');
      // The reader's type has the fields of Part and no others.
      return decoded.value as Part;
    }

    return {
      async read(value) {
        const { id, bytes } = writerOf(value);
        return decode(bytes, resolvedOf(id, await writers.load(id)));
      },
      readNow(value) {
        const { id, bytes } = writerOf(value);
        const writer = writers.known(id);
        return writer === undefined ? undefined : decode(bytes, resolvedOf(id, writer));
      },
    };
  }

  return {
    ofRecord(topic, fields) {
      const wanted: readonly string[] = fields;
      const schema = schemaOf(schemaTexts[topic]);
      return viewOf(
        ownType(JSON.stringify({ ...schema, fields: schema.fields.filter(({ name }) => wanted.includes(name)) })),
        (writer) => writer,
      );
    },
    ofMetadata(fields) {
      const wanted: readonly string[] = fields;
      const [envelope] = schemaOf(schemaTexts[anyDomainTopic]).fields;
      // The first field of every domain record is its envelope, declared in place.
      const schema = envelope?.type as SchemaNode;
      return viewOf(
        ownType(JSON.stringify({ ...schema, fields: schema.fields.filter(({ name }) => wanted.includes(name)) })),
        firstFieldOf,
      );
    },
  };
}

const anyDomainTopic = 'payments.payment.v1' satisfies Topic;

interface Resolved {
  readonly resolver: ReturnType<Type['createResolver']>;
}

interface SchemaNode {
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

function schemaOf(text: string): SchemaNode {
  // Ours, and of a record, as those of all topics are.
  return JSON.parse(text) as SchemaNode;
}

/** avsc declares the fields of record types on those only. */
function firstFieldOf(writer: Type): Type | undefined {
  // Any object has optional properties.
  const { fields } = writer as Type & { readonly fields?: readonly { readonly type: Type }[] };
  return fields?.[0]?.type;
}

function writerOf(value: Buffer | null): { readonly id: number; readonly bytes: Buffer } {
  if (value === null || value.length < prefixBytes || value[0] !== 0)
    throw new TrunklineError('decode_failed', 'the value does not begin with 0x00 and a schema id');
  return { id: value.readUInt32BE(1), bytes: value };
}

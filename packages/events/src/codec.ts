import { type Clock, createRecentMap, type RecentMap, TrunklineError, withinMs } from '@trunkline/core';
import type { Type } from 'avsc';

import { ownType } from './avro-types.ts';
import { type RecordOf, type Topic, topicEntry } from './catalogue.ts';
import { fieldRefusal } from './field-refusal.ts';
import { schemaTexts } from './generated/schemas.ts';
import type { SchemaRegistry } from './ports.ts';
import { createTurns } from './turns.ts';
import { createWriterSchemas, defaultWriterSchemaLimits, type WriterSchemaLimits } from './writer-schemas.ts';

/**
 * Records to bytes and back: Confluent wire format (0x00, the schema id as 4 bytes big-endian, Avro binary).
 * A record is always read as the schema of this build, whatever release wrote it.
 */
export interface EventCodec {
  /** Throws `payload_malformed` naming the field that does not fit; never its value. */
  encode<T extends Topic>(topic: T, record: RecordOf<T>): Buffer;
  /**
   * Throws `decode_failed` (not such a record), `schema_unknown` (the registry does not know the id) or
   * `dependency_unavailable` (the registry cannot be asked, which says nothing about the record).
   */
  decode<T extends Topic>(topic: T, value: Buffer | null): Promise<RecordOf<T>>;
  /** As decode, at once; undefined when the writer's schema is not at hand and decode has to fetch it. */
  decodeNow<T extends Topic>(topic: T, value: Buffer | null): RecordOf<T> | undefined;
}

export interface EventCodecOptions {
  readonly registry: SchemaRegistry;
  /** The topics that will be written or read; others are refused. */
  readonly topics: readonly Topic[];
  readonly limits?: Partial<WriterSchemaLimits> | undefined;
  /** A clock that does not jump; for tests. */
  readonly monotonicClock?: Clock | undefined;
}

/** 0x00 and four bytes of id. */
const prefixBytes = 5;
/** Records are written here first and copied to their exact size; a longer one is written twice. */
const scratchBytes = 64 * 1_024;

type Resolver = ReturnType<Type['createResolver']>;

interface Binding {
  readonly topic: Topic;
  readonly type: Type;
  readonly id: number;
  /** How to read what was written with another schema, by its id. An error when it cannot be read. */
  readonly resolvers: RecentMap<number, Resolver | TrunklineError>;
}

/**
 * Resolves the ids of `topics` before it returns, so that a process with an unregistered schema does not start. A few at
 * a time: a registry asked for all at once would answer the last after its deadline.
 */
export async function createEventCodec(options: EventCodecOptions): Promise<EventCodec> {
  const limits = { ...defaultWriterSchemaLimits, ...options.limits };
  const clock = options.monotonicClock ?? ((): number => performance.now());
  const writers = createWriterSchemas(options.registry, limits, clock);
  const bindings = new Map<string, Binding>();
  const takeTurn = createTurns(limits.maxLookups);
  const bound = await Promise.all(
    options.topics.map(async (topic) => {
      const turn = takeTurn();
      await turn.granted;
      try {
        return await bind(topic, options, limits);
      } finally {
        turn.release();
      }
    }),
  );
  for (const binding of bound) bindings.set(binding.topic, binding);
  const scratch = Buffer.alloc(scratchBytes);

  function bindingOf(topic: Topic): Binding {
    const binding = bindings.get(topic);
    if (binding === undefined)
      throw new TrunklineError('config_invalid', `this process did not announce the topic ${topic} to its codec`);
    return binding;
  }

  function resolverNow(binding: Binding, id: number): Resolver | undefined {
    const cached = binding.resolvers.get(id);
    if (cached instanceof TrunklineError) throw cached;
    if (cached !== undefined) return cached;
    const writer = writers.known(id);
    return writer === undefined ? undefined : newResolver(binding, id, writer);
  }

  function newResolver(binding: Binding, id: number, writer: Type): Resolver {
    const resolver = resolve(binding, id, writer);
    binding.resolvers.set(id, resolver);
    if (resolver instanceof TrunklineError) throw resolver;
    return resolver;
  }

  return {
    encode: (topic, record) => write(bindingOf(topic), record, scratch),
    decodeNow<T extends Topic>(topic: T, value: Buffer | null): RecordOf<T> | undefined {
      const binding = bindingOf(topic);
      const id = writerId(value);
      if (id === binding.id) return read<T>(binding, value, undefined);
      const resolver = resolverNow(binding, id);
      return resolver === undefined ? undefined : read<T>(binding, value, resolver);
    },
    async decode<T extends Topic>(topic: T, value: Buffer | null): Promise<RecordOf<T>> {
      const binding = bindingOf(topic);
      const id = writerId(value);
      if (id === binding.id) return read<T>(binding, value, undefined);
      const resolver = resolverNow(binding, id) ?? newResolver(binding, id, await writers.load(id));
      return read<T>(binding, value, resolver);
    },
  };
}

async function bind(topic: Topic, options: EventCodecOptions, limits: WriterSchemaLimits): Promise<Binding> {
  const { subject } = topicEntry(topic);
  const text = schemaTexts[topic];
  const id = await withinMs(
    options.registry.idOf(subject, text),
    limits.registryDeadlineMs,
    `the schema registry's answer about ${subject}`,
  );
  return { topic, type: ownType(text), id, resolvers: createRecentMap(limits.maxKept) };
}

function resolve(binding: Binding, id: number, writer: Type): Resolver | TrunklineError {
  try {
    return binding.type.createResolver(writer);
  } catch (cause) {
    return new TrunklineError(
      'decode_failed',
      `a record written with schema ${id} cannot be read as ${binding.topic}`,
      { cause },
    );
  }
}

function write(binding: Binding, record: unknown, scratch: Buffer): Buffer {
  let value: Buffer;
  try {
    const end = binding.type.encode(record, scratch, prefixBytes);
    if (end >= 0) {
      value = Buffer.allocUnsafe(end);
      scratch.copy(value, prefixBytes, prefixBytes, end);
    } else {
      // avsc answers with the bytes that were missing, as a negative number.
      value = Buffer.allocUnsafeSlow(scratch.length - end);
      binding.type.encode(record, value, prefixBytes);
    }
  } catch {
    // avsc's own error quotes the value, which may be personal, so it is not even the cause.
    throw fieldRefusal(binding.topic, binding.type, record);
  }
  value[0] = 0;
  value.writeUInt32BE(binding.id, 1);
  return value;
}

function writerId(value: Buffer | null): number {
  if (value === null) throw new TrunklineError('decode_failed', 'the record has no value');
  if (value.length < prefixBytes)
    throw new TrunklineError(
      'decode_failed',
      `the value has ${value.length} bytes, less than the ${prefixBytes} of a schema id`,
    );
  if (value[0] !== 0)
    throw new TrunklineError(
      'decode_failed',
      'the value does not begin with the byte 0x00 of the Confluent wire format',
    );
  return value.readUInt32BE(1);
}

function read<T extends Topic>(binding: Binding, value: Buffer | null, resolver: Resolver | undefined): RecordOf<T> {
  if (value === null) throw new TrunklineError('decode_failed', 'the record has no value');
  let decoded: { value: unknown; offset: number };
  try {
    decoded = binding.type.decode(value, prefixBytes, resolver);
  } catch (cause) {
    // On this side avsc's messages speak of positions and counts only.
    throw new TrunklineError('decode_failed', `the value is not a record of ${binding.topic}`, { cause });
  }
  if (decoded.offset !== value.length) {
    const how = decoded.offset < 0 ? 'ends too early' : `has ${value.length - decoded.offset} bytes too many`;
    throw new TrunklineError('decode_failed', `the value ${how} for a record of ${binding.topic}`);
  }
  // The type was built from the schema that RecordOf<T> is generated from, and it read every byte.
  return decoded.value as RecordOf<T>;
}

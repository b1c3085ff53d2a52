import type { AnswerUse } from './answer-bytes.ts';

/** What kafkajs knows of the batch that a record is in. */
export interface BatchContext {
  /** Of the answer that the batch came in. */
  readonly use: AnswerUse | undefined;
  readonly firstOffset: bigint;
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  /** Whether a record has the time at which the broker appended its batch. */
  readonly isLogAppendTime: boolean;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly producerId: string;
}

type HeaderValue = string | null;
/** One that stands there several times has several values. */
type DecodedHeaders = Record<string, HeaderValue | HeaderValue[]>;

/**
 * A record as kafkajs hands it out. Its key and its value are views of what was fetched; they and the headers are read when
 * somebody asks for them, since headers cost more than everything else in a record.
 */
export class DecodedRecord {
  readonly magicByte = 2;
  readonly attributes: number;
  readonly batchContext: BatchContext;
  readonly #buffer: Buffer;
  readonly #timestampDelta: number | bigint;
  readonly #offsetDelta: number | bigint;
  readonly #keyFrom: number;
  /** -1 where there is none, and of the value likewise. */
  readonly #keySize: number;
  readonly #valueFrom: number;
  readonly #valueSize: number;
  readonly #headersFrom: number;
  readonly #end: number;

  /** Reads on to the next record. */
  constructor(reader: Reader, batchContext: BatchContext) {
    const size = length(reader);
    this.#end = reader.at + size;
    this.batchContext = batchContext;
    this.#buffer = reader.buffer;
    this.attributes = reader.buffer.readInt8(reader.at);
    reader.at += 1;
    this.#timestampDelta = varint(reader);
    this.#offsetDelta = varint(reader);
    this.#keySize = length(reader);
    this.#keyFrom = reader.at;
    reader.at += Math.max(this.#keySize, 0);
    this.#valueSize = length(reader);
    this.#valueFrom = reader.at;
    this.#headersFrom = this.#valueFrom + Math.max(this.#valueSize, 0);
    reader.at = this.#end;
  }

  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch;
  }

  /** The offset as a number. */
  get place(): bigint {
    return this.batchContext.firstOffset + BigInt(this.#offsetDelta);
  }

  get offset(): string {
    return this.place.toString();
  }

  get timestamp(): string {
    const { isLogAppendTime, firstTimestamp, maxTimestamp } = this.batchContext;
    return (isLogAppendTime ? maxTimestamp : firstTimestamp + BigInt(this.#timestampDelta)).toString();
  }

  get timestampMs(): number {
    const { isLogAppendTime, firstTimestamp, maxTimestamp } = this.batchContext;
    return Number(isLogAppendTime ? maxTimestamp : firstTimestamp + BigInt(this.#timestampDelta));
  }

  get key(): Buffer | null {
    return this.#keySize === -1 ? null : this.#buffer.subarray(this.#keyFrom, this.#keyFrom + this.#keySize);
  }

  get value(): Buffer | null {
    return this.#valueSize === -1 ? null : this.#buffer.subarray(this.#valueFrom, this.#headersFrom);
  }

  /** Decoded anew at each asking: whoever wants them asks once. */
  get headers(): DecodedHeaders {
    return headers({ buffer: this.#buffer, at: this.#headersFrom });
  }

  /** The first values of these headers; nothing is decoded of the others. */
  headersNamed(names: ReadonlySet<string>): Readonly<Record<string, string>> {
    return namedHeaders({ buffer: this.#buffer, at: this.#headersFrom }, names);
  }

  /** Of key, value, and the names and values of the headers together. */
  get sizeBytes(): number {
    return Math.max(this.#keySize, 0) + Math.max(this.#valueSize, 0) + this.#end - this.#headersFrom;
  }
}

export interface RecordsToRead {
  readonly count: number;
  readonly context: BatchContext;
  /** Where they are put. */
  readonly records: DecodedRecord[];
}

/**
 * The records of a record batch, format version 2 (https://kafka.apache.org/documentation/#record). kafkajs copies all
 * headers at each header and calculates times and offsets with objects; values of headers come as texts here. What is no
 * UTF-8 comes with replacement characters, as `toString('utf8')` of its bytes has it.
 */
export function readRecords(buffer: Buffer, { count, context, records }: RecordsToRead): void {
  const reader: Reader = { buffer, at: 0 };
  for (let left = count; left > 0; left -= 1) records.push(new DecodedRecord(reader, context));
}

interface Reader {
  readonly buffer: Buffer;
  /** What is read next. */
  at: number;
}

/** Bits of a varint that a number holds with all that can be made of it. */
const quickBits = 49;

/** A signed number as Kafka's varint: seven bits a byte, the lowest first, then zigzag. */
function varint(reader: Reader): number | bigint {
  const first = reader.buffer[reader.at] ?? 0;
  if (first < 0x80) {
    // Nearly all: lengths of headers, and places in a batch.
    reader.at += 1;
    return first % 2 === 0 ? first / 2 : -(first + 1) / 2;
  }
  let rest = 0;
  for (let bits = 0; bits < quickBits; bits += 7) {
    const byte = reader.buffer[reader.at++] ?? 0;
    rest += (byte & 0x7f) * 2 ** bits;
    if (byte < 0x80) return rest % 2 === 0 ? rest / 2 : -(rest + 1) / 2;
  }
  return longVarint(reader, BigInt(rest));
}

function longVarint(reader: Reader, lowest: bigint): bigint {
  let rest = lowest;
  for (let bits = quickBits; ; bits += 7) {
    if (bits > 63) throw new RangeError('a number of a record has more than 64 bits');
    const byte = reader.buffer[reader.at++] ?? 0;
    rest += BigInt(byte & 0x7f) << BigInt(bits);
    if (byte < 0x80) return BigInt.asIntN(64, rest % 2n === 0n ? rest / 2n : -(rest + 1n) / 2n);
  }
}

/** -1 where there is nothing. */
function length(reader: Reader): number {
  return Number(varint(reader));
}

function headers(reader: Reader): DecodedHeaders {
  const found: DecodedHeaders = {};
  for (let left = length(reader); left > 0; left -= 1) {
    const name = headerName(reader);
    const value = text(reader);
    const before = Object.hasOwn(found, name) ? found[name] : undefined;
    const values = before === undefined ? value : [before, value].flat();
    // The one name that means something else to an object.
    if (name === '__proto__') Object.defineProperty(found, name, { value: values, enumerable: true, writable: true });
    else found[name] = values;
  }
  return found;
}

function namedHeaders(reader: Reader, names: ReadonlySet<string>): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const missing = [...wantedOf(names)];
  for (let left = length(reader); left > 0 && missing.length > 0; left -= 1) {
    const size = length(reader);
    const from = reader.at;
    reader.at += Math.max(size, 0);
    const place = placeOfName(missing, reader.buffer, { from, size });
    const wanted = missing[place];
    if (wanted === undefined) {
      const valueSize = length(reader);
      reader.at += Math.max(valueSize, 0);
      continue;
    }
    const value = text(reader);
    // As of one without a value: the first one that has it counts.
    if (value === null) continue;
    found[wanted.name] = value;
    missing.splice(place, 1);
  }
  return found;
}

/** The same set is asked for record after record. */
const wantedNames = new WeakMap<ReadonlySet<string>, readonly KnownName[]>();

function wantedOf(names: ReadonlySet<string>): readonly KnownName[] {
  const known = wantedNames.get(names);
  if (known !== undefined) return known;
  const wanted = [...names].map((name) => ({ name, bytes: Buffer.from(name) }));
  wantedNames.set(names, wanted);
  return wanted;
}

function text(reader: Reader): HeaderValue {
  const size = length(reader);
  if (size === -1) return null;
  const from = reader.at;
  reader.at += size;
  return reader.buffer.toString('utf8', from, reader.at);
}

interface KnownName {
  readonly bytes: Buffer;
  readonly name: string;
}

/** Records have the same dozen names, record after record. By a hash of their bytes; of two with one hash the first is kept. */
const knownNames = new Map<number, KnownName>();
const maxKnownNames = 1_000;

function headerName(reader: Reader): string {
  const { buffer } = reader;
  const size = length(reader);
  const from = reader.at;
  reader.at += Math.max(size, 0);
  let hash = size;
  for (let at = from; at < reader.at; at += 1) hash = (Math.imul(hash, 31) + (buffer[at] ?? 0)) | 0;
  const known = knownNames.get(hash);
  if (known?.bytes.length === size && isAt(buffer, from, known.bytes)) return known.name;
  const name = buffer.toString('utf8', from, reader.at);
  if (known === undefined && knownNames.size < maxKnownNames)
    knownNames.set(hash, { bytes: Buffer.from(buffer.subarray(from, reader.at)), name });
  return name;
}

/** Which of the names stands there; -1: none. */
function placeOfName(
  names: readonly KnownName[],
  buffer: Buffer,
  { from, size }: { readonly from: number; readonly size: number },
): number {
  for (let place = 0; place < names.length; place += 1) {
    const bytes = names[place]?.bytes;
    if (bytes?.length === size && isAt(buffer, from, bytes)) return place;
  }
  return -1;
}

function isAt(buffer: Buffer, from: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index += 1) if (buffer[from + index] !== wanted[index]) return false;
  return true;
}

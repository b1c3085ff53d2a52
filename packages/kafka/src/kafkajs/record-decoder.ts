/** As much of kafkajs's Decoder as is needed: bytes, and how far they are read. One is made for each record. */
export interface RecordBytes {
  readonly buffer: Buffer;
}

/** What kafkajs knows of the batch that a record is in; offsets and times are the digits of a number. */
export interface BatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp?: string;
  readonly magicByte?: number;
  readonly isControlBatch?: boolean;
  /** 1: when the broker appended it. */
  readonly timestampType?: number;
}

type HeaderValue = string | null;
/** One that stands there several times has several values. */
type DecodedHeaders = Record<string, HeaderValue | HeaderValue[]>;

/**
 * A record as kafkajs hands it out. Its key and its value are views of what was fetched; its headers are decoded when
 * somebody asks for them, since they cost more than everything else in a record.
 */
export class DecodedRecord {
  readonly magicByte: number | undefined;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
  readonly #buffer: Buffer;
  readonly #headersFrom: number;

  constructor(buffer: Buffer, batchContext: BatchContext) {
    const reader: Reader = { buffer, at: 1 };
    const timestampDelta = varint(reader);
    const offsetDelta = varint(reader);
    this.magicByte = batchContext.magicByte;
    this.attributes = buffer.readInt8(0);
    this.timestamp = timestampOf(batchContext, timestampDelta);
    this.offset = sum(batchContext.firstOffset, offsetDelta);
    this.key = bytes(reader);
    this.value = bytes(reader);
    this.isControlRecord = batchContext.isControlBatch ?? false;
    this.batchContext = batchContext;
    this.#buffer = buffer;
    this.#headersFrom = reader.at;
  }

  /** Decoded anew at each asking: whoever wants them asks once. */
  get headers(): DecodedHeaders {
    return headers({ buffer: this.#buffer, at: this.#headersFrom });
  }

  /** The first values of these headers; nothing is decoded of the others. */
  headersNamed(names: ReadonlySet<string>): Readonly<Record<string, string>> {
    return namedHeaders({ buffer: this.#buffer, at: this.#headersFrom }, names);
  }

  /** Of the names and values of its headers together. */
  get headerBytes(): number {
    return this.#buffer.length - this.#headersFrom;
  }
}

const logAppendTime = 1;

/**
 * A record of a record batch, format version 2 (https://kafka.apache.org/documentation/#record), without the length before
 * it. kafkajs copies all headers at each header and calculates times and offsets with objects; values of headers come as
 * texts here. What is no UTF-8 comes with replacement characters, as `toString('utf8')` of its bytes has it.
 */
export function decodeRecord({ buffer }: RecordBytes, batchContext: BatchContext): DecodedRecord {
  return new DecodedRecord(buffer, batchContext);
}

function timestampOf(
  { timestampType, firstTimestamp, maxTimestamp = '' }: BatchContext,
  delta: number | bigint,
): string {
  return timestampType === logAppendTime && maxTimestamp !== '' ? maxTimestamp : sum(firstTimestamp, delta);
}

function sum(digits: string, delta: number | bigint): string {
  const base = Number(digits);
  const quick = base + Number(delta);
  return String(Number.isSafeInteger(base) && Number.isSafeInteger(quick) ? quick : BigInt(digits) + BigInt(delta));
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

function bytes(reader: Reader): Buffer | null {
  const size = length(reader);
  if (size === -1) return null;
  const from = reader.at;
  reader.at += size;
  return reader.buffer.subarray(from, reader.at);
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
    const place = missing.findIndex(({ bytes }) => bytes.length === size && isAt(reader.buffer, from, bytes));
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

function isAt(buffer: Buffer, from: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index += 1) if (buffer[from + index] !== wanted[index]) return false;
  return true;
}

import type { IHeaders } from 'kafkajs';

/** What kafkajs hands to its record encoder: a message, and its place in the batch. */
export interface RecordParts {
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: IHeaders;
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
}

type Field = Buffer | string | null | undefined;

/** A record that knows how long it is, so that a whole request can be written into one buffer of the right size. */
export interface MeasuredRecord {
  /** Bytes of the record, its length prefix included. */
  readonly size: number;
  /** Writes the record and returns where it ends. */
  writeTo(bytes: Buffer, at: number): number;
}

/**
 * One record of a record batch, format version 2 (https://kafka.apache.org/documentation/#record). kafkajs makes an
 * encoder with a zeroed buffer of 512 bytes for each header and a buffer for each number.
 */
export function measureRecord(parts: RecordParts, offsetDelta: number = parts.offsetDelta ?? 0): MeasuredRecord {
  const { timestampDelta = 0, key, value, headers = {} } = parts;
  const fields = fieldsOf(headers);
  const sizes = fields.map(sizeOf);
  const keySize = sizeOf(key);
  const valueSize = sizeOf(value);
  let body = 1 + varintSize(timestampDelta) + varintSize(offsetDelta) + varintSize(fields.length / 2);
  body += sizedLength(keySize) + sizedLength(valueSize);
  for (const size of sizes) body += sizedLength(size);

  return {
    size: varintSize(body) + body,
    writeTo(bytes, start) {
      let at = writeVarint(bytes, start, body);
      bytes[at] = 0; // attributes: none are in use
      at = writeVarint(bytes, at + 1, timestampDelta);
      at = writeVarint(bytes, at, offsetDelta);
      at = writeField(bytes, writeVarint(bytes, at, keySize), key);
      at = writeField(bytes, writeVarint(bytes, at, valueSize), value);
      at = writeVarint(bytes, at, fields.length / 2);
      // By index: the pairs of entries() were most of the garbage of an encoded record.
      for (let index = 0; index < fields.length; index += 1)
        at = writeField(bytes, writeVarint(bytes, at, sizes[index] ?? 0), fields[index]);
      return at;
    },
  };
}

/** Names and values in turn; a header with several values stands once for each. */
function fieldsOf(headers: IHeaders): readonly Field[] {
  const fields: Field[] = [];
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (Array.isArray(value)) for (const one of value) fields.push(name, one);
    else fields.push(name, value);
  }
  return fields;
}

/** Bytes of a key, value or header; -1 when there is none, which is how Kafka writes it. */
function sizeOf(field: Field): number {
  if (field === null || field === undefined) return -1;
  return typeof field === 'string' ? Buffer.byteLength(field) : field.length;
}

function sizedLength(size: number): number {
  return varintSize(size) + Math.max(size, 0);
}

/** A signed number as Kafka's varint: zigzag, then seven bits a byte. */
function varintSize(value: number): number {
  let rest = zigzag(value);
  let size = 1;
  while (rest > 0x7f) {
    size += 1;
    rest = Math.floor(rest / 0x80);
  }
  return size;
}

function writeVarint(bytes: Buffer, from: number, value: number): number {
  let at = from;
  let rest = zigzag(value);
  while (rest > 0x7f) {
    bytes[at] = (rest % 0x80) + 0x80;
    at += 1;
    rest = Math.floor(rest / 0x80);
  }
  bytes[at] = rest;
  return at + 1;
}

/** By arithmetic and not by bits: two timestamps of one batch may lie further apart than 32 bits of milliseconds. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function writeField(bytes: Buffer, at: number, field: Field): number {
  if (field === null || field === undefined) return at;
  return at + (typeof field === 'string' ? bytes.write(field, at, 'utf8') : field.copy(bytes, at));
}

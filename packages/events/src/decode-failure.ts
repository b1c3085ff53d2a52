import type { Type } from 'avsc';

import { writerType } from './avro-types.ts';

/** Where bytes stop being a record of the schema that they name. */
export interface DecodeFailure {
  /** The field, by names from the outermost record on; empty where all fields can be read and bytes are left. */
  readonly path: string;
  /** Where that field begins, or where the bytes that are left do; counted from the beginning of the value. */
  readonly byte: number;
  readonly reason: 'ends_early' | 'not_such_a_value' | 'bytes_left';
}

/** 0x00 and four bytes of the schema's id. */
const prefixBytes = 5;

/**
 * Reads a value field by field as its writer's schema says; undefined where all of it can be read. Throws where the text
 * is no Avro schema that this release reads.
 */
export function findDecodeFailure(schemaText: string, value: Uint8Array): DecodeFailure | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const read = readFields(writerType(schemaText), bytes, { path: '', byte: prefixBytes });
  if (typeof read !== 'number') return read;
  return read === bytes.length ? undefined : { path: '', byte: read, reason: 'bytes_left' };
}

interface Place {
  readonly path: string;
  readonly byte: number;
}

/** Returns the byte behind the value. */
function readFields(type: Type, bytes: Buffer, { path, byte }: Place): number | DecodeFailure {
  const end = endOf(type, bytes, byte);
  if (typeof end === 'number') return end;
  let at = byte;
  for (const { name, type: own } of fieldsOf(type)) {
    const read = readFields(own, bytes, { path: path === '' ? name : `${path}.${name}`, byte: at });
    if (typeof read !== 'number') return read;
    at = read;
  }
  return { path, byte, reason: end };
}

function endOf(type: Type, bytes: Buffer, byte: number): number | 'ends_early' | 'not_such_a_value' {
  try {
    // avsc answers with a negative number where bytes are missing.
    const { offset } = type.decode(bytes, byte);
    return offset < 0 ? 'ends_early' : offset;
  } catch {
    return 'not_such_a_value';
  }
}

/** avsc declares the fields of record types on those only. */
function fieldsOf(type: Type): readonly { readonly name: string; readonly type: Type }[] {
  // Any object has optional properties.
  return (type as Type & { readonly fields?: readonly { readonly name: string; readonly type: Type }[] }).fields ?? [];
}

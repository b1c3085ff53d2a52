import { measureRecord, type RecordParts } from '../record-encoder.ts';

/** A record batch as a broker keeps it (https://kafka.apache.org/documentation/#recordbatch), its checksum left out. */
export interface BatchParts {
  readonly firstOffset: bigint;
  readonly firstTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly producerId: bigint;
  readonly attributes: number;
  readonly records: readonly RecordParts[];
}

const headBytes = 61;

/** Records are compressed where the attributes say so. */
export function bytesOfBatch(parts: BatchParts, compress: (bytes: Buffer) => Buffer = (bytes) => bytes): Buffer {
  const plain = Buffer.concat(parts.records.map(bytesOfRecord));
  const records = parts.attributes % 8 === 0 ? plain : compress(plain);
  const head = Buffer.alloc(headBytes);
  head.writeBigInt64BE(parts.firstOffset, 0);
  head.writeInt32BE(headBytes - 12 + records.length, 8);
  head.writeInt8(2, 16);
  head.writeInt16BE(parts.attributes, 21);
  head.writeBigInt64BE(parts.firstTimestamp, 27);
  head.writeBigInt64BE(parts.maxTimestamp, 35);
  head.writeBigInt64BE(parts.producerId, 43);
  head.writeInt32BE(parts.records.length, 57);
  return Buffer.concat([head, records]);
}

function bytesOfRecord(parts: RecordParts): Buffer {
  const record = measureRecord(parts);
  const bytes = Buffer.alloc(record.size);
  record.writeTo(bytes, 0);
  return bytes;
}

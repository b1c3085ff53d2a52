import { createRequire } from 'node:module';

import { useOf } from './answer-bytes.ts';
import { type BatchContext, type DecodedRecord, readRecords } from './record-decoder.ts';

const load = createRequire(import.meta.url);

/** As much of kafkajs's Decoder as is needed: the bytes of an answer, and how far they are read. */
export interface AnswerDecoder {
  readonly buffer: Buffer;
  offset: number;
}

/** Where the fields of a record batch stand (https://kafka.apache.org/documentation/#recordbatch). */
const at = {
  firstOffset: 0,
  length: 8,
  /** What the length counts begins here. */
  leaderEpoch: 12,
  magicByte: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  firstSequence: 53,
  count: 57,
  records: 61,
} as const;

const attribute = { compression: 0x07, logAppendTime: 0x08, transactional: 0x10, control: 0x20 } as const;
const newestMagicByte = 2;

/**
 * The records of a partition in the answer to a fetch: its bytes behind their length, batch after batch; the last one may
 * be cut off, and is left out then. kafkajs makes a decoder and a view of the bytes for each record.
 */
export async function decodeMessages(decoder: AnswerDecoder): Promise<readonly object[]> {
  const size = decoder.buffer.readInt32BE(decoder.offset);
  decoder.offset += 4;
  if (size <= 0 || decoder.buffer.length - decoder.offset < size) return [];
  const bytes = decoder.buffer.subarray(decoder.offset, decoder.offset + size);
  decoder.offset += size;
  if (bytes[at.magicByte] !== newestMagicByte) return decodeOldMessages(bytes);
  const records: DecodedRecord[] = [];
  let from = 0;
  while (bytes.length - from >= at.records) {
    const end = from + at.leaderEpoch + bytes.readInt32BE(from + at.length);
    if (end > bytes.length) break;
    await readBatch(bytes.subarray(from, end), records);
    from = end;
  }
  if (records.length > 0) useOf(bytes)?.begin();
  return records;
}

async function readBatch(bytes: Buffer, records: DecodedRecord[]): Promise<void> {
  const attributes = bytes.readInt16BE(at.attributes);
  const context: BatchContext = {
    use: useOf(bytes),
    firstOffset: bytes.readBigInt64BE(at.firstOffset),
    firstTimestamp: bytes.readBigInt64BE(at.firstTimestamp),
    maxTimestamp: bytes.readBigInt64BE(at.maxTimestamp),
    isLogAppendTime: (attributes & attribute.logAppendTime) !== 0,
    inTransaction: (attributes & attribute.transactional) !== 0,
    isControlBatch: (attributes & attribute.control) !== 0,
    producerId: bytes.readBigInt64BE(at.producerId).toString(),
  };
  const count = bytes.readInt32BE(at.count);
  const plain = bytes.subarray(at.records);
  const codec = (attributes & attribute.compression) === 0 ? null : codecOf(attributes);
  readRecords(codec === null ? plain : await codec.decompress(plain), { count, context, records });
}

interface Codec {
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** Throws for one that kafkajs does not have; null for one that nobody knows. */
function codecOf(attributes: number): Codec | null {
  // Internal to kafkajs, so there are no types for it; the contract is that of the file.
  const compression = load('kafkajs/src/protocol/message/compression/index.js') as {
    lookupCodecByAttributes(attributes: number): Codec | null;
  };
  return compression.lookupCodecByAttributes(attributes);
}

type DecodeMessageSet = (decoder: object, size: number) => Promise<readonly object[]>;

/** Of brokers and topics from before record batches (Kafka 0.11). */
async function decodeOldMessages(bytes: Buffer): Promise<readonly object[]> {
  // As above.
  const Decoder = load('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
  // As above.
  const decode = load('kafkajs/src/protocol/messageSet/decoder.js') as DecodeMessageSet;
  return decode(new Decoder(bytes), bytes.length);
}

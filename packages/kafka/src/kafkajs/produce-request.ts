import { crc32c } from './crc32c.ts';
import { type MeasuredRecord, measureRecord, type RecordParts } from './record-encoder.ts';
import { encodedAs, type RequestDefinition, stringSize, writeString } from './request-bytes.ts';

export interface ProduceRequest {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null | undefined;
  /** A number, its digits or kafkajs's own Long: whatever it has read from the broker. */
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence?: number;
      /** Without timestamps of their own: each gets that of its batch, and the broker's when it is appended. */
      readonly messages: readonly RecordParts[];
    }[];
  }[];
}

const produceApiKey = 0;
/** Base offset, length, leader epoch, magic, CRC; then what the CRC covers, up to the number of records. */
const batchHeadBytes = 8 + 4 + 4 + 1 + 4 + 2 + 4 + 8 + 8 + 8 + 2 + 4 + 4;
/** The base offset and the length do not count to the length. */
const uncountedBytes = 8 + 4;
/** From the attributes on. */
const coveredFrom = 8 + 4 + 4 + 1 + 4;
const magic = 2;
/** The bit of the attributes that marks a batch of a transaction. */
const transactional = 16;

/**
 * The body of a Produce request, version 3 to 7, in one buffer of the right size, without compression: the same bytes as
 * kafkajs writes with an encoder per record, per batch, per partition and per topic.
 */
export function produceRequest(request: ProduceRequest): RequestDefinition {
  if ((request.compression ?? 0) !== 0) throw new TypeError('this encoder of produce requests does not compress');
  return {
    apiKey: produceApiKey,
    apiVersion: 3,
    apiName: 'Produce',
    expectResponse: () => request.acks !== 0,
    // kafkajs awaits it.
    encode: () => Promise.resolve(encodedAs(encode(request, Date.now()))),
  };
}

interface MeasuredBatch {
  readonly partition: number;
  readonly firstSequence: number;
  readonly records: readonly MeasuredRecord[];
  readonly size: number;
}

function encode(request: ProduceRequest, nowMs: number): Buffer {
  const topics = request.topicData.map(({ topic, partitions }) => ({
    topic,
    batches: partitions.map(measureBatch),
  }));
  let size = stringSize(request.transactionalId) + 2 + 4 + 4;
  for (const { topic, batches } of topics) {
    size += stringSize(topic) + 4;
    for (const batch of batches) size += 4 + 4 + batch.size;
  }

  const bytes = Buffer.allocUnsafe(size);
  let at = writeString(bytes, 0, request.transactionalId);
  at = bytes.writeInt16BE(request.acks, at);
  at = bytes.writeInt32BE(request.timeout, at);
  at = bytes.writeInt32BE(topics.length, at);
  for (const { topic, batches } of topics) {
    at = writeString(bytes, at, topic);
    at = bytes.writeInt32BE(batches.length, at);
    for (const batch of batches) {
      at = bytes.writeInt32BE(batch.partition, at);
      at = bytes.writeInt32BE(batch.size, at);
      writeBatch(bytes.subarray(at, at + batch.size), batch, { ...request, nowMs });
      at += batch.size;
    }
  }
  return bytes;
}

function measureBatch({
  partition,
  firstSequence = 0,
  messages,
}: ProduceRequest['topicData'][number]['partitions'][number]): MeasuredBatch {
  const records = messages.map((message, place) => measureRecord(message, place));
  return {
    partition,
    firstSequence,
    records,
    size: records.reduce((sum, { size }) => sum + size, batchHeadBytes),
  };
}

/** A record batch, format version 2 (https://kafka.apache.org/documentation/#recordbatch), over exactly these bytes. */
function writeBatch(
  bytes: Buffer,
  batch: MeasuredBatch,
  { transactionalId, producerId, producerEpoch = 0, nowMs }: ProduceRequest & { readonly nowMs: number },
): void {
  let at = bytes.writeBigInt64BE(0n, 0);
  at = bytes.writeInt32BE(batch.size - uncountedBytes, at);
  at = bytes.writeInt32BE(0, at); // the leader's epoch: the broker's business
  at = bytes.writeInt8(magic, at);
  const crcAt = at;
  at = bytes.writeInt16BE(hasText(transactionalId) ? transactional : 0, at + 4);
  at = bytes.writeInt32BE(batch.records.length - 1, at);
  at = bytes.writeBigInt64BE(BigInt(nowMs), at);
  at = bytes.writeBigInt64BE(BigInt(nowMs), at);
  at = bytes.writeBigInt64BE(int64Of(producerId), at);
  at = bytes.writeInt16BE(producerEpoch, at);
  at = bytes.writeInt32BE(batch.firstSequence, at);
  at = bytes.writeInt32BE(batch.records.length, at);
  for (const record of batch.records) at = record.writeTo(bytes, at);
  bytes.writeUInt32BE(crc32c(bytes, coveredFrom), crcAt);
}

function hasText(text: string | null | undefined): boolean {
  return text !== undefined && text !== null && text !== '';
}

function int64Of(value: unknown): bigint {
  if (value === undefined) return -1n;
  if (typeof value === 'object' && value !== null && 'value' in value) return int64Of(value.value);
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string') return BigInt(value);
  throw new TypeError('the producer id is no number');
}

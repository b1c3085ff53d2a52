import type { IHeaders, KafkaMessage } from 'kafkajs';

import { DecodedRecord } from '../kafkajs/record-decoder.ts';
import type { IncomingRecord } from '../ports.ts';

/** A record with bytes of its own: those it came in are written over, or are a whole answer that it would keep alive. */
export function incomingRecord(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  const key = copyOf(message.key);
  const value = copyOf(message.value);
  return recordOf(topic, partition, { message, key, value, headers: headerTexts(message.headers) });
}

/** A record that is a view of the whole answer it came in until its batch ends, with these headers and no others. */
export function recordView(
  topic: string,
  partition: number,
  ...[message, names]: [message: KafkaMessage, names: ReadonlySet<string>]
): IncomingRecord {
  if (message instanceof DecodedRecord) return new RecordView(topic, partition, message, names);
  // Without our decoder all of them are texts by now.
  const { key, value, headers } = message;
  return recordOf(topic, partition, { message, key, value, headers: headerTexts(headers, names) });
}

/** Of its key and headers nothing is made before somebody asks, which most readers do of few records. */
class RecordView implements IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly #record: DecodedRecord;
  readonly #names: ReadonlySet<string>;

  constructor(topic: string, partition: number, ...[record, names]: [DecodedRecord, ReadonlySet<string>]) {
    this.topic = topic;
    this.partition = partition;
    this.offset = record.place;
    this.timestampMs = record.timestampMs;
    this.#record = record;
    this.#names = names;
  }

  get key(): Buffer | null {
    return this.#record.key;
  }

  get value(): Buffer | null {
    return this.#record.value;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#record.headersNamed(this.#names);
  }

  get sizeBytes(): number {
    return this.#record.sizeBytes;
  }
}

/** Every record of the batch is copied or done with: what it came in may be written over. */
export function endBatch({ messages }: { readonly messages: readonly KafkaMessage[] }): void {
  const [first] = messages;
  if (first instanceof DecodedRecord) first.batchContext.use?.end();
}

/** What `itemOf` was given, with bytes of its own. */
export function keptRecord(record: IncomingRecord): IncomingRecord {
  const { topic, partition, offset, timestampMs, headers, sizeBytes } = record;
  // One by one: a spread leaves out what is read when it is asked for.
  return {
    topic,
    partition,
    offset,
    timestampMs,
    key: copyOf(record.key),
    value: copyOf(record.value),
    headers,
    sizeBytes,
  };
}

function copyOf(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}

function recordOf(
  topic: string,
  partition: number,
  {
    message,
    key,
    value,
    headers,
  }: Pick<IncomingRecord, 'key' | 'value' | 'headers'> & { readonly message: KafkaMessage },
): IncomingRecord {
  const isOurs = message instanceof DecodedRecord;
  return {
    topic,
    partition,
    offset: isOurs ? message.place : BigInt(message.offset),
    timestampMs: isOurs ? message.timestampMs : Number(message.timestamp),
    key,
    value,
    headers,
    // Where our decoder has read the record, it knows, to the byte; the lengths of headers are counted with them.
    sizeBytes: isOurs ? message.sizeBytes : (key?.length ?? 0) + (value?.length ?? 0) + headerBytesOf(headers),
  };
}

function headerBytesOf(headers: Readonly<Record<string, string>>): number {
  let sum = 0;
  for (const [name, text] of Object.entries(headers)) sum += Buffer.byteLength(name) + Buffer.byteLength(text);
  return sum;
}

function headerTexts(headers: IHeaders | undefined, names?: ReadonlySet<string>): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    if (names?.has(name) === false) continue;
    const given = headers[name];
    const value = Array.isArray(given) ? given[0] : given;
    if (value !== undefined && value !== null) texts[name] = typeof value === 'string' ? value : value.toString('utf8');
  }
  return texts;
}

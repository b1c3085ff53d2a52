import type { IHeaders, KafkaMessage } from 'kafkajs';

import { DecodedRecord } from '../kafkajs/record-decoder.ts';
import type { IncomingRecord } from '../ports.ts';

/**
 * A record with bytes of its own. kafkajs hands out views into the whole fetch response, so one slow record of 1 KB
 * would keep up to 10 MB alive.
 */
export function incomingRecord(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  const key = message.key === null ? null : Buffer.from(message.key);
  const value = message.value === null ? null : Buffer.from(message.value);
  const headers = headerTexts(message.headers);
  return recordOf(topic, partition, { message, key, value, headers });
}

/** A record that is a view of the whole answer it came in, with these headers and no others. */
export function recordView(
  topic: string,
  partition: number,
  ...[message, names]: [message: KafkaMessage, names: ReadonlySet<string>]
): IncomingRecord {
  const { key, value } = message;
  // Without our decoder all of them are texts by now.
  const headers = message instanceof DecodedRecord ? message.headersNamed(names) : headerTexts(message.headers, names);
  return recordOf(topic, partition, { message, key, value, headers });
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
  const sizeBytes = (key?.length ?? 0) + (value?.length ?? 0) + headerBytesOf(message, headers);
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    key,
    value,
    headers,
    sizeBytes,
  };
}

/** Where our decoder has read the record, it knows, to the byte; only its lengths are counted with them. */
function headerBytesOf(message: object, headers: Readonly<Record<string, string>>): number {
  if (message instanceof DecodedRecord) return message.headerBytes;
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

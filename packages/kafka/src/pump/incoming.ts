import type { IHeaders, KafkaMessage } from 'kafkajs';

import type { IncomingRecord } from '../ports.ts';

/**
 * A record with bytes of its own. kafkajs hands out views into the whole fetch response, so one slow record of 1 KB
 * would keep up to 10 MB alive.
 */
export function incomingRecord(topic: string, partition: number, message: KafkaMessage): IncomingRecord {
  const key = message.key === null ? null : Buffer.from(message.key);
  const value = message.value === null ? null : Buffer.from(message.value);
  const headers = headerTexts(message.headers);
  let sizeBytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, text] of Object.entries(headers)) sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(text);
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

function headerTexts(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [name, given] of Object.entries(headers ?? {})) {
    const value = Array.isArray(given) ? given[0] : given;
    if (value !== undefined && value !== null) texts[name] = typeof value === 'string' ? value : value.toString('utf8');
  }
  return texts;
}

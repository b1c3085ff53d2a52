import type { OutgoingRecord } from '../ports.ts';

/** A record whose key says in an assertion which one it is. */
export function recordOf(topic: string, key: string, value: string | Buffer = key): OutgoingRecord {
  return { topic, key: Buffer.from(key), value: Buffer.from(value), headers: { ce_id: key } };
}

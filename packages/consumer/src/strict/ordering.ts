import { nameBasedHex, netstrings, uuidText } from '@trunkline/core';
import type { IncomingRecord } from '@trunkline/kafka';

import type { DecodedRecord } from '../batch/decode.ts';

/** What becomes of a key when one of its events is a dead letter. */
export type OnDead =
  /** The events after it wait, for a day at most: it is mended and sent back, or passed over. */
  | 'hold'
  /** They go on without it. */
  | 'release';

/**
 * The events of one key of one topic are applied in their order also when one of them fails: those after it wait until it
 * is applied, or is a dead letter (docs/records.md, "Order per key").
 */
export interface Ordering {
  readonly ordering: 'strict';
  /** `hold` unless given. */
  readonly onDead?: OnDead;
}

/** The key that a record is kept in order with; undefined where its handler wants no order, or it has no key. */
export function orderedKeyOf({
  source,
  origin,
  handler,
}: Pick<DecodedRecord, 'source' | 'origin' | 'handler'>): string | undefined {
  if (handler?.onDead === undefined || source.key === null) return undefined;
  return keyIdOf(origin.topic, keyOf(source));
}

/** As text; empty without one. */
export function keyOf({ key }: Pick<IncomingRecord, 'key'>): string {
  return key?.toString('utf8') ?? '';
}

/** What a key's rows are found by. */
export function keyIdOf(topic: string, recordKey: string): string {
  return uuidText(nameBasedHex(netstrings(['k1', topic, recordKey])));
}

/** What a key's place of an event is known by. */
export interface ParkedAt {
  readonly keyId: string;
  /** The record's id without its prefix. */
  readonly uuid: string;
  readonly tenantId: string;
}

/** A record that was parked, on its way through a batch again. */
export interface ParkedRecord extends IncomingRecord {
  readonly parked: ParkedAt;
}

export function isParked(record: IncomingRecord): record is ParkedRecord {
  return 'parked' in record;
}

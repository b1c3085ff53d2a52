import { isRecordId, nameBasedHex, netstrings, type RecordId } from '@trunkline/core';

import { headerName, headerText, type RecordHeaders } from './headers.ts';

/** `ltr_` + 32 lower-case hex digits: one dead letter of one group, through all its copies. */
export type LetterId = `ltr_${string}`;

/** Where a record was first appended; the topic by its logical name. */
export interface OriginalPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export type LetterIdentity =
  | { readonly group: string; readonly recordId: RecordId }
  | { readonly group: string; readonly place: OriginalPlace };

/**
 * The identity of a dead letter: its event's or request's in that group, or of a record without a readable id the place where
 * it was first appended. Both stay the same however often it is sent back, so its copies are one letter.
 */
export function letterId(identity: LetterIdentity): LetterId {
  const { group } = identity;
  const parts =
    'recordId' in identity
      ? [identity.recordId]
      : [identity.place.topic, String(identity.place.partition), String(identity.place.offset)];
  return `ltr_${nameBasedHex(netstrings(['l1', group, ...parts]))}`;
}

export function isLetterId(text: string): text is LetterId {
  return /^ltr_[0-9a-f]{32}$/.test(text);
}

/** Magic byte and schema id, then the length of the first text of the envelope: 36, in Avro's zigzag form. */
const idLengthAt = 5;
const idLength = 36;
const idLengthByte = 0x48;

/**
 * The id of a record whose header and bytes agree on it, as far as that can be said without its schema: every event and
 * every request begins with its id. A header alone names nothing, since anybody can write one over other bytes.
 */
export function readableRecordId(headers: RecordHeaders, value: Uint8Array | null): RecordId | undefined {
  const id = headerText(headers, headerName.id);
  if (id === undefined || !isRecordId(id) || value === null) return undefined;
  if (value[0] !== 0 || value[idLengthAt] !== idLengthByte) return undefined;
  const stated = Buffer.from(value.subarray(idLengthAt + 1, idLengthAt + 1 + idLength)).toString('latin1');
  return stated === id ? id : undefined;
}

import { hash, randomBytes } from 'node:crypto';

/** `evt_` + 32 lower-case hex digits: the text form of an event's UUIDv5. */
export type EventId = `evt_${string}`;
/** `dlv_` + 32 lower-case hex digits: one HTTP request from a provider. Random, time-ordered. */
export type DeliveryId = `dlv_${string}`;

/** `req_` + 32 lower-case hex digits: one thing that is asked for because of one event. */
export type RequestId = `req_${string}`;
/** What a record is known by, and deduped by: `ce_id`. */
export type RecordId = EventId | RequestId;

/** Namespace of every name-based id of Trunkline. Settled: a change would give every event a second id. */
export const idNamespace = '0b8f6a0e-5c1d-4e57-9a3e-7d2c41f6b9a1';

const namespaceBytes = Buffer.from(idNamespace.replaceAll('-', ''), 'hex');

/** Joins parts as netstrings, `<UTF-8 length>:<bytes>,` each, so that no two lists of parts share a name. */
export function netstrings(parts: readonly string[]): Buffer {
  // As one text, because many small buffers cost more than the digest. A lone surrogate counts and is written as
  // EF BF BD, as records.md wants; between two parts stands a comma, so two halves never become a pair.
  return Buffer.from(parts.map((part) => `${Buffer.byteLength(part, 'utf8')}:${part},`).join(''), 'utf8');
}

/** UUIDv5 (RFC 9562 §5.5) of a name in Trunkline's namespace, as 32 hex digits. */
export function nameBasedHex(name: Uint8Array): string {
  const digest = hash('sha1', Buffer.concat([namespaceBytes, name]), 'hex');
  // The four bits of the version, and the two of the variant: "10".
  return `${digest.slice(0, 12)}5${digest.slice(13, 16)}${variantDigit(digest)}${digest.slice(17, 32)}`;
}

function variantDigit(digest: string): string {
  return ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16);
}

export interface EventIdentity {
  readonly sourceId: string;
  readonly basis: 'id' | 'key' | 'hash' | 'rx';
  readonly parts: readonly string[];
  /** `<domain>.<entity>` */
  readonly entity: string;
  /** `""`, a name, or `name/<id>`. */
  readonly qualifier: string;
  /** 0, or the number of the correcting replay. */
  readonly correction: number;
}

/** The deterministic id of an event: the same delivery redelivered, permuted or re-batched gives the same id. */
export function eventId(identity: EventIdentity): EventId {
  const name = netstrings([
    'e1',
    identity.sourceId,
    identity.basis,
    ...identity.parts,
    identity.entity,
    identity.qualifier,
    String(identity.correction),
  ]);
  return `evt_${nameBasedHex(name)}`;
}

export function isEventId(text: string): text is EventId {
  return /^evt_[0-9a-f]{32}$/.test(text);
}

export function isDeliveryId(text: string): text is DeliveryId {
  return /^dlv_[0-9a-f]{32}$/.test(text);
}

export function isRequestId(text: string): text is RequestId {
  return /^req_[0-9a-f]{32}$/.test(text);
}

export function isRecordId(text: string): text is RecordId {
  return isEventId(text) || isRequestId(text);
}

/** Random bytes are drawn for this many ids at once: one call per id would cost more than the rest of the id. */
const idsPerDraw = 256;
const idRandomBytes = 10;
let drawn = Buffer.alloc(0);

/** A new delivery id, which sorts by the time of arrival. */
export function newDeliveryId(nowMs: number): DeliveryId {
  return `dlv_${timeOrderedHex(nowMs)}`;
}

/** A UUIDv7 (RFC 9562 §5.7) as 32 hex digits, so that they sort by their time. Unique, not secret. */
export function timeOrderedHex(nowMs: number): string {
  if (drawn.length < idRandomBytes) drawn = randomBytes(idsPerDraw * idRandomBytes);
  const random = drawn.subarray(0, idRandomBytes);
  drawn = drawn.subarray(idRandomBytes);
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes.set(random, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex');
}

/** The uuid column form of an id: `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`. */
export function uuidOf(id: RecordId | DeliveryId): string {
  return uuidText(id.slice(4));
}

/** 32 hex digits as a uuid is written. */
export function uuidText(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The id behind a uuid column. */
export function eventIdOfUuid(uuid: string): EventId {
  return `evt_${uuid.replaceAll('-', '')}`;
}

/** The same, of a delivery. */
export function deliveryIdOfUuid(uuid: string): DeliveryId {
  return `dlv_${uuid.replaceAll('-', '')}`;
}

/** Tenant and source ids: they stand in setting lists, topic headers and metric labels unescaped. */
export const idPattern: RegExp = /^[a-z0-9_]{1,64}$/;

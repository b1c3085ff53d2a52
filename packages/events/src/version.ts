import { TrunklineError } from '@trunkline/core';

/** What makes one event of an entity newer than another, most significant first; docs/records.md, "Version". */
export interface VersionParts {
  readonly lead: number;
  /** Epoch milliseconds; 0 where the time is only estimated. */
  readonly occurredAtMs: number;
  readonly providerSequence?: number | undefined;
  readonly step: number;
  readonly correction: number;
  /** Epoch milliseconds: of events that are equal so far, the one that was received later is newer. */
  readonly receivedAtMs: number;
  /** `evt_` + 32 hex digits: decides what is left, the same way everywhere. */
  readonly eventId: string;
}

/** The greatest providerSequence: one less than the greatest long that Avro carries exactly through a JavaScript number. */
export const maxProviderSequence: number = Number.MAX_SAFE_INTEGER - 1;

/** Where the number of the correction stands among the parts. */
const correctionPart = 4;
/** Hex digits of the time of receipt (48 bits of milliseconds, beyond the year 9999) and of the event id: 32 together. */
const receiptDigits = 12;
const idDigits = 20;

/**
 * `LL.TTTTTTTTTTTTTTT.SSSSSSSSSSSSSSSS.PP.CCC.<12 hex><20 hex>`: zero-padded, 75 ASCII characters, so that comparing
 * bytes compares the parts in order.
 */
export function entityVersion(parts: VersionParts): string {
  return [
    padded('lead', parts.lead, 2),
    padded('time', parts.occurredAtMs, 15),
    padded('sequence', nextSequence(parts.providerSequence), 16),
    padded('step', parts.step, 2),
    padded('correction', parts.correction, 3),
    receiptText(parts.receivedAtMs) + idStart(parts.eventId),
  ].join('.');
}

/** As much of an event's id as its version holds. */
export function idStart(eventId: string): string {
  return eventId.slice('evt_'.length, 'evt_'.length + idDigits);
}

/** The same, read out of a version. */
export function idStartIn(version: string): string {
  return version.slice(-idDigits);
}

/** The number of the correcting replay that made a version; 0 of what a provider sent. */
export function correctionOf(version: string): number {
  return Number(version.split('.')[correctionPart]);
}

/** Negative when `a` is older than `b`, positive when it is newer, 0 when they are the same event, received at once. */
export function compareVersions(a: string, b: string): number {
  // Versions are ASCII, where the order of UTF-16 units is the order of bytes.
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Counted from 1: no sequence is older than the first. */
function nextSequence(sequence: number | undefined): number {
  if (sequence === undefined) return 0;
  if (Number.isInteger(sequence) && sequence >= 0 && sequence <= maxProviderSequence) return sequence + 1;
  throw new TrunklineError(
    'payload_malformed',
    `a providerSequence must be a whole number up to ${maxProviderSequence}`,
  );
}

function receiptText(receivedAtMs: number): string {
  const text = Number.isSafeInteger(receivedAtMs) && receivedAtMs >= 0 ? receivedAtMs.toString(16) : '';
  if (text !== '' && text.length <= receiptDigits) return text.padStart(receiptDigits, '0');
  throw new TrunklineError('payload_malformed', 'the time of receipt of an entity version must be epoch milliseconds');
}

/** A number that does not fit its width would break the order of every later event, so it is refused. */
function padded(name: string, value: number, width: number): string {
  const text = String(value);
  if (!Number.isSafeInteger(value) || value < 0 || text.length > width) {
    throw new TrunklineError(
      'payload_malformed',
      `the ${name} of an entity version must be a whole number of at most ${width} digits`,
    );
  }
  return text.padStart(width, '0');
}

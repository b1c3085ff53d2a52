/**
 * The one error class, the closed list of codes, and the one table that says what a code means
 * for a consumer (its disposition) and for the sender of a webhook (the HTTP answer).
 *
 * Services throw; the framework reads the row. Nothing else in the project decides what to do with a failure.
 */

/** What a consumer does with a record whose handler failed. */
export type Disposition =
  /** The world is broken, not the record: stop taking work until the dependency answers again. */
  | 'pause'
  /** Try this record again later, on the group's retry topics. */
  | 'retry'
  /** Trying again cannot help: publish to the group's dead-letter topic. */
  | 'dead_letter'
  /** As dead_letter, but the record itself is the trouble: its bytes are unreadable, or they end the process. */
  | 'poison'
  /** Run the same transaction again at once, a few times. */
  | 'again'
  /** The code never occurs in a consumer. */
  | 'none';

interface ErrorRow {
  readonly disposition: Disposition;
  /** The status the ingress answers with; undefined where the code never reaches it. */
  readonly httpStatus?: number;
}

export const errorTable = {
  signature_missing: { disposition: 'none', httpStatus: 401 },
  signature_invalid: { disposition: 'none', httpStatus: 401 },
  delivery_stale: { disposition: 'none', httpStatus: 401 },
  // We cannot tell whether the request is authentic, and that is our trouble: many senders never repeat a 401.
  verification_unavailable: { disposition: 'none', httpStatus: 503 },
  source_unknown: { disposition: 'none', httpStatus: 404 },
  source_disabled: { disposition: 'none', httpStatus: 404 },
  // 410 makes some senders unsubscribe for good, so only a source that is declared retired answers it.
  source_retired: { disposition: 'none', httpStatus: 410 },
  method_not_allowed: { disposition: 'none', httpStatus: 405 },
  request_malformed: { disposition: 'none', httpStatus: 400 },
  // Which bytes were signed, packed or unpacked, would be a guess, and a packed body may unpack to gigabytes.
  encoding_unsupported: { disposition: 'none', httpStatus: 415 },
  address_denied: { disposition: 'none', httpStatus: 403 },
  payload_too_large: { disposition: 'none', httpStatus: 413 },
  request_timeout: { disposition: 'none', httpStatus: 408 },
  rate_limited: { disposition: 'none', httpStatus: 429 },
  // Authentic but unreadable: a 4xx would only make the provider retry or give up, so it is archived and accepted.
  payload_malformed: { disposition: 'dead_letter', httpStatus: 200 },
  publish_unavailable: { disposition: 'pause', httpStatus: 503 },
  overloaded: { disposition: 'pause', httpStatus: 503 },
  // As many events wait behind failing ones as may: an operator, or time, makes room.
  parked_full: { disposition: 'pause' },
  dependency_unavailable: { disposition: 'pause', httpStatus: 503 },
  conflict: { disposition: 'again' },
  handler_timeout: { disposition: 'retry', httpStatus: 503 },
  upstream_5xx: { disposition: 'retry', httpStatus: 503 },
  // Somebody else's server, unlike one of ours (`dependency_unavailable`), never pauses a group.
  upstream_rate_limited: { disposition: 'retry' },
  upstream_timeout: { disposition: 'retry' },
  upstream_unavailable: { disposition: 'retry' },
  // Its credentials are refused: a person has to mend that, and it may take less than the retries do.
  connection_unusable: { disposition: 'retry' },
  unknown: { disposition: 'retry', httpStatus: 503 },
  // A newer release published it. Kept until this one is replaced: the retry topics, then the dead-letter topic.
  type_unknown: { disposition: 'retry' },
  upstream_4xx: { disposition: 'dead_letter' },
  // A redirect, an answer that cannot be read: what was asked for may have been done.
  upstream_unexpected: { disposition: 'dead_letter' },
  destination_denied: { disposition: 'dead_letter' },
  // A sealed value stands where it was not sealed, or was changed.
  secret_unreadable: { disposition: 'dead_letter' },
  business_rejected: { disposition: 'dead_letter' },
  constraint_violated: { disposition: 'dead_letter' },
  too_old: { disposition: 'dead_letter' },
  // Of events that are kept in order: what waited too long behind a dead letter, and what an operator passed over.
  key_held: { disposition: 'dead_letter' },
  key_skipped: { disposition: 'dead_letter' },
  decode_failed: { disposition: 'poison' },
  schema_unknown: { disposition: 'poison' },
  // In flight whenever the process ended, again and again: whatever it is, it stops here.
  process_crashed: { disposition: 'poison' },
  config_invalid: { disposition: 'none' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/**
 * Every error Trunkline throws. `message` is for an operator: it names the thing and, where there is one, the fix;
 * it never contains a secret, a payload or a personal value.
 */
export class TrunklineError extends Error {
  override readonly name = 'TrunklineError';
  readonly code: ErrorCode;
  /** Suggested wait before the next try, milliseconds, when the failing side named one. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export function dispositionOf(code: ErrorCode): Disposition {
  return errorTable[code].disposition;
}

/** The HTTP status for a code; a code that should never reach a sender is our trouble, so 503. */
export function httpStatusOf(code: ErrorCode): number {
  const row: ErrorRow = errorTable[code];
  return row.httpStatus ?? 503;
}

/** Node's system errors and drivers carry a string `code`: 'ECONNREFUSED', '40001', … */
export function foreignCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A message for a log line or a header, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

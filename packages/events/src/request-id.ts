import { type EventId, nameBasedHex, netstrings } from '@trunkline/core';

/** `req_` + 32 lower-case hex digits: one thing that is asked for because of one event. */
export type RequestId = `req_${string}`;

export interface RequestIdentity {
  /** The event that caused the request. */
  readonly eventId: EventId;
  /** The handler that asks. Never renamed: another name is another id, and what was done would be done again. */
  readonly handler: string;
  /** Tells apart what one run of the handler asks for: `""`, a name, or `name/<id>`. */
  readonly qualifier: string;
}

/**
 * The deterministic id of a request, and the idempotency key towards the API that fulfils it: an event that is handled
 * again asks with the same id. The event's own id cannot be that key, because one event may ask for an SMS and a mail.
 */
export function requestId({ eventId, handler, qualifier }: RequestIdentity): RequestId {
  return `req_${nameBasedHex(netstrings(['r1', eventId, handler, qualifier]))}`;
}

export function isRequestId(text: string): text is RequestId {
  return /^req_[0-9a-f]{32}$/.test(text);
}

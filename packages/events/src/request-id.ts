import { type EventId, nameBasedHex, netstrings, type RequestId } from '@trunkline/core';

export interface RequestIdentity {
  /** What is being handled when the request is made: an event, an occasion, or another request. */
  readonly cause: EventId | RequestId;
  /** The handler that asks. Never renamed: another name is another id, and what was done would be done again. */
  readonly handler: string;
  /** Tells apart what one run of the handler asks for: `""`, a name, or `name/<id>`. */
  readonly qualifier: string;
}

/**
 * The deterministic id of a request, and the idempotency key towards the API that fulfils it: an event that is handled
 * again asks with the same id. The event's own id cannot be that key, because one event may ask for an SMS and a mail.
 */
export function requestId({ cause, handler, qualifier }: RequestIdentity): RequestId {
  return `req_${nameBasedHex(netstrings(['r1', cause, handler, qualifier]))}`;
}

/** Why something is asked for that no event asks for: an operator's test, an alert, a periodic look. */
export interface Occasion {
  /** The Postgres schema of who asks. */
  readonly schema: string;
  readonly template: string;
  /** What it is about. */
  readonly subject: string;
  /** Tells one time from the next: the start of a period, the number of a try. */
  readonly occurrence: string;
}

/** What a request names as its cause where no event is: an id that stands on no topic. */
export function occasionId({ schema, template, subject, occurrence }: Occasion): EventId {
  return `evt_${nameBasedHex(netstrings(['n1', schema, template, subject, occurrence]))}`;
}

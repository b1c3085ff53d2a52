/** What may come of an attempt beside success; retry-table.ts says what follows from it. */
export type Happening =
  /** 429, or a provider's own way to say it. */
  | 'rate_limited'
  /** 5xx */
  | 'server_error'
  /** 4xx that says: not like this, and not the next time either. */
  | 'rejected'
  /** 401: the credentials are no longer good. */
  | 'unauthorised'
  /** A redirect, another content type, a body that cannot be read: nothing the API promises. */
  | 'unexpected'
  /** The request was written, and no answer came in time. */
  | 'timeout'
  /** The request was written, and the connection broke. */
  | 'lost'
  /** No connection: refused, unresolved, TLS, no answer to the first packet. */
  | 'unavailable'
  /** The breaker is open: nothing was tried. */
  | 'held_back'
  /** Too much of our own is under way. */
  | 'overloaded'
  /** The place may not be called, or the request cannot be written. */
  | 'denied'
  /** Whoever called gave up. */
  | 'aborted';

/**
 * Whether the other side may have got the request and acted on it, in any of the attempts. `no`: no byte was written;
 * `refused`: whatever arrived was answered with a refusal, so nothing was done; `maybe`: all that can be said otherwise.
 */
export type Arrived = 'no' | 'refused' | 'maybe';

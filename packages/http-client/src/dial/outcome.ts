/** What came of one request. */
export type DialOutcome = DialAnswer | DialFailure;

/** The head of an answer arrived. What it says of the request is the caller's to judge. */
export interface DialAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Names in lower case; a header that came more than once has all its values. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** As it came over the wire: still compressed if `content-encoding` says so. At most `maxBodyBytes` of it. */
  readonly body: Buffer;
  /** `cut`: there was more than the limit; `late`: the deadline passed; `broken`: the connection ended before it. */
  readonly bodyEnd: 'whole' | 'cut' | 'late' | 'broken';
}

export interface DialFailure {
  readonly kind: 'failure';
  readonly reason: DialFailureReason;
  /**
   * Whether the other side may have got the request. `no` is certain: no byte of it was written. `maybe` is all that can be
   * said once a byte was.
   */
  readonly arrived: 'no' | 'maybe';
  /** For an operator: host and cause, without path, query, header or body. */
  readonly detail: string;
}

export type DialFailureReason =
  /** The guard forbids the place. */
  | 'denied'
  /** The name has no addresses, or nobody told them in time. */
  | 'unresolved'
  /** Nobody listens there, or no way leads there. */
  | 'refused'
  /** No connection in time. */
  | 'connect_timeout'
  /** The certificate or the handshake failed. */
  | 'tls'
  /** Connected, but no head of an answer in time. */
  | 'timeout'
  /** The connection ended before the head of an answer. */
  | 'reset'
  /** The request cannot be written as HTTP (a header with a line break), or its certificate and key do not belong together. */
  | 'malformed'
  /** What came is not HTTP. */
  | 'protocol'
  /** `maxInFlight` requests are under way. */
  | 'overloaded'
  /** The caller's signal ended it, or the dialler was closed. */
  | 'aborted';

/** One header's first value. */
export function headerOf({ headers }: Pick<DialAnswer, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value[0] : value;
}

/** The limits of the lower floor. Times in milliseconds. */
export const dialLimits = {
  /** From asking for the addresses of a name to their arrival. */
  resolveTimeoutMs: 2_000,
  /** From the first packet to a connection that is ready for a request, TLS included; begins after the name is resolved. */
  connectTimeoutMs: 3_000,
  /** From the request to the head of the answer. */
  firstByteTimeoutMs: 10_000,
  /** From the call to the end of the answer's body, waiting for a connection included. */
  timeoutMs: 15_000,
  /** As they come over the wire; the rest is not read, and the connection is closed. */
  maxBodyBytes: 8 * 1024 * 1024,
  /** Of all headers of an answer together. */
  maxHeaderBytes: 16 * 1024,
  /** Answers of 1xx before the one that counts (RFC 9110, 15.2): after one more the connection is closed. */
  maxInterimAnswers: 10,
  maxConnectionsPerOrigin: 32,
  /** Of them those that the shares which have some may not have: a share that comes next finds them. */
  keptConnections: 4,
  /** Requests that wait or run, over all origins: 1,024 × (a request of at most 256 KiB) is what they may hold. */
  maxInFlight: 1_024,
  /** Origins whose connections are kept; the one that was used longest ago makes room. */
  maxOrigins: 2_000,
  /** An idle connection is closed after this, or after what the server said if that is less. */
  keepAliveMs: 4_000,
  /** A connection takes no new request after this, so that a change in DNS is seen. */
  connectionAgeMs: 300_000,
  /** Names whose addresses are remembered. */
  maxNames: 10_000,
  /** The time to live of an answer of DNS is kept within these. */
  minNameAgeMs: 5_000,
  maxNameAgeMs: 60_000,
} as const;

export type DialLimits = { readonly [Name in keyof typeof dialLimits]: number };

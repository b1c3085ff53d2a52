/** The limits of an API. Times in milliseconds. */
export const apiLimits = {
  headerBytes: 16_384,
  connections: 512,
  /** From the first byte of a request to the end of its headers. */
  headersTimeoutMs: 10_000,
  /** From its first byte to the end of its body. */
  requestTimeoutMs: 20_000,
  /** What a request does in the database; after that it is undone. */
  deadlineMs: 10_000,
  /** Requests that are worked on at a time, of all tenants and of one. */
  inFlight: 64,
  inFlightPerTenant: 16,
  /** Requests without a key that opens, of one address. */
  failedPerMinute: 60,
  failedAddresses: 20_000,
  idempotencyMs: 86_400_000,
  idempotencyCharacters: 255,
  pageSize: 50,
  mostPageSize: 200,
} as const;

export const bodyLimits = {
  bytes: 64 * 1_024,
  /** Objects and lists in one another. */
  depth: 16,
} as const;

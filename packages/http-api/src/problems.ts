/**
 * What a request may be answered with beside its success: a closed list, after RFC 9457
 * (https://www.rfc-editor.org/rfc/rfc9457). Programs go by `code`; a code never changes its meaning.
 */
export const problems = {
  request_malformed: { status: 400, title: 'The request cannot be read' },
  cursor_invalid: { status: 400, title: 'The cursor is none of this list' },
  unauthorized: { status: 401, title: 'No key that opens' },
  forbidden: { status: 403, title: 'The key may not do this' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'Not with this method' },
  conflict: { status: 409, title: 'Another request is changing the same thing' },
  body_too_large: { status: 413, title: 'The body is too large' },
  content_type_unsupported: { status: 415, title: 'The body is not JSON' },
  invalid: { status: 422, title: 'Something in the request cannot be' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key belongs to another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'An unexpected failure' },
  unavailable: { status: 503, title: 'Not now' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof problems;

/** Something in the request that cannot be, and where: a JSON Pointer into the body, or the name of a parameter. */
export interface ProblemPlace {
  readonly in: 'body' | 'query' | 'header';
  readonly at: string;
  readonly message: string;
}

/** Ends a request with a problem. `detail` is for the caller: it names the thing and the fix, and no value that was sent. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly places: readonly ProblemPlace[];
  /** Of the answer's own: `retry-after`, `www-authenticate`, `allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      readonly places?: readonly ProblemPlace[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.places = more.places ?? [];
    this.headers = more.headers ?? {};
  }
}

/** The body of the answer, `application/problem+json`. */
export function problemDocument({ code, message, places }: Problem, requestId: string): object {
  const { status, title } = problems[code];
  return {
    type: `urn:trunkline:problem:${code}`,
    title,
    status,
    detail: message,
    code,
    requestId,
    ...(places.length === 0 ? {} : { errors: places }),
  };
}

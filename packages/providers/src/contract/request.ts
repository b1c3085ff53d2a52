/** One HTTP request as it came off the wire, before anything parsed it. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query exactly as received. */
  readonly target: string;
  /** `scheme://host[:port]/path?query` as the provider sees it; the ingress rebuilds it behind proxies. */
  readonly publicUrl: string;
  /** In the order received, duplicates kept: a joined header would hide one. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Unpacked, where it came packed. */
  readonly body: Uint8Array;
  /** The body as it came, where it was packed (Content-Encoding: gzip). */
  readonly packedBody?: Uint8Array;
}

/**
 * The longest credential header a verifier looks at. The longest honest one is a PayPal signature with its certificate
 * URL, under 1 KiB; a Stripe roll of all secrets stays under 2 KiB.
 */
export const maxHeaderBytes: number = 8 * 1024;

export type HeaderValue =
  | { readonly kind: 'absent' }
  | { readonly kind: 'one'; readonly value: string }
  | { readonly kind: 'many' };

/** The value of a header, by case-insensitive name. A name that occurs twice is `many`, even with equal values. */
export function headerOf(request: ReceivedRequest, name: string): HeaderValue {
  const wanted = name.toLowerCase();
  let found: string | undefined;
  for (const [given, value] of request.headers) {
    if (given.length !== wanted.length || given.toLowerCase() !== wanted) continue;
    if (found !== undefined) return { kind: 'many' };
    found = value;
  }
  return found === undefined ? { kind: 'absent' } : { kind: 'one', value: found };
}

/** The value of a header that occurs exactly once, else undefined: for what a normaliser reads, never for a credential. */
export function singleHeader(request: ReceivedRequest, name: string): string | undefined {
  const header = headerOf(request, name);
  return header.kind === 'one' ? header.value : undefined;
}

/** The request with a header set: every earlier one of that name is gone. */
export function withHeader(request: ReceivedRequest, name: string, value: string): ReceivedRequest {
  const wanted = name.toLowerCase();
  const others = request.headers.filter(([given]) => given.toLowerCase() !== wanted);
  return { ...request, headers: [...others, [name, value]] };
}

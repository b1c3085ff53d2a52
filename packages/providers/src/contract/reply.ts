/** What the sender of a webhook is answered. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The answer most providers want: any 2xx, and nobody reads the body. */
export const plainAccepted: Reply = { status: 200, headers: {}, body: '' };

/**
 * A reply that repeats text the request chose (Slack's challenge, Graph's validationToken). `text/plain` and `nosniff`
 * keep a browser from ever running it.
 */
export function echoReply(text: string): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: text,
  };
}

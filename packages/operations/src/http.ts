import { messageOf, TrunklineError } from '@trunkline/core';

/** Limits of one answer: a trace of some thousand spans is about 4 MB. */
const largestAnswerBytes = 32 * 1024 * 1024;
const answerDeadlineMs = 10_000;

export interface JsonAnswer {
  readonly status: number;
  /** Undefined when the answer is not JSON. */
  readonly body: unknown;
}

/** One GET that expects JSON. Throws `dependency_unavailable`, naming who did not answer. */
export async function getJson(who: string, url: string, options: AbortSignal | GetOptions): Promise<JsonAnswer> {
  const { status, text } = await getAnswer(who, url, options instanceof AbortSignal ? { signal: options } : options);
  return { status, body: parseJson(text) };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The other clock, to the second: https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1 */
  readonly date: string | undefined;
}

export interface GetOptions {
  readonly signal: AbortSignal;
  readonly deadlineMs?: number;
  readonly token?: string | undefined;
}

/** One GET with a deadline and a limit. Throws `dependency_unavailable`, naming who did not answer. */
export async function getAnswer(
  who: string,
  url: string,
  { signal, deadlineMs = answerDeadlineMs, token }: GetOptions,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      headers: {
        accept: 'application/json, text/plain;q=0.9',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    });
    const text = (await readLimited(response)).toString('utf8');
    return { status: response.status, text, date: response.headers.get('date') ?? undefined };
  } catch (error) {
    if (error instanceof TrunklineError) throw error;
    throw new TrunklineError(
      'dependency_unavailable',
      `${who} at ${new URL(url).origin} does not answer: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** The body's bytes; throws `payload_too_large` above the limit instead of filling memory. */
export async function readLimited(response: Response, limitBytes: number = largestAnswerBytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // A fetch body is a stream of bytes; its type leaves them open.
  const body: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limitBytes)
      throw new TrunklineError('payload_too_large', `an answer is larger than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** fetch says only "fetch failed"; the reason is in its cause. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  return messageOf(error);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller sees undefined and says what it expected.
    return undefined;
  }
}

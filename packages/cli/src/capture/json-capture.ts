import { z } from 'zod';

import { type CapturedRequest, splitUrl, unreadable } from './captured-request.ts';
import { parseHttpText } from './http-text.ts';
import { fromLogForm } from './log-forms.ts';

/** What a line of many may say about the source it is verified with; each replaces an option of the command. */
export interface CaseSettings {
  readonly provider?: string | undefined;
  readonly source?: string | undefined;
  /** References (env:NAME), or secrets: a file is no shell history. */
  readonly secrets?: readonly string[] | undefined;
  readonly account?: string | undefined;
  readonly options?: unknown;
  readonly publicUrl?: string | undefined;
  readonly atMs?: number | undefined;
}

export interface CapturedCase {
  readonly request: CapturedRequest;
  readonly settings: CaseSettings;
}

const namedValue = z.object({ name: z.string(), value: z.string() });

/** Our own form, and the `request` of a HAR entry, which has `postData` for the body. */
const requestSchema = z.object({
  method: z.string().default('POST'),
  url: z.string().default('/'),
  headers: z
    .union([
      z.record(z.string(), z.union([z.string(), z.array(z.string())])),
      z.array(z.tuple([z.string(), z.string()])),
      z.array(namedValue),
    ])
    .default([]),
  body: z.string().optional(),
  bodyBase64: z.string().optional(),
  postData: z
    .object({
      text: z.string().optional(),
      encoding: z.string().optional(),
      params: z.array(z.object({ name: z.string(), value: z.string().default('') })).optional(),
    })
    .optional(),
});

const caseSchema = z.object({
  request: z.union([z.string(), requestSchema]),
  provider: z.string().optional(),
  source: z.string().optional(),
  secret: z.union([z.string(), z.array(z.string())]).optional(),
  account: z.string().optional(),
  options: z.unknown().optional(),
  publicUrl: z.string().optional(),
  at: z.union([z.number(), z.iso.datetime({ offset: true })]).optional(),
});

/** A parsed capture: `{method,url,headers,body|bodyBase64}`, a HAR entry, or `{request, provider?, source?, secret?, …}`. */
export function readCase(captured: unknown): CapturedCase {
  const value = fromLogForm(captured);
  if (isBodyAlone(value))
    throw unreadable('it is a body without its request: the proof is in headers, so capture those, too');
  if (typeof value !== 'object' || value === null || !('request' in value)) {
    return { request: requestOf(accepted(requestSchema.safeParse(value))), settings: {} };
  }
  const { request, secret, at, ...settings } = accepted(caseSchema.safeParse(value));
  return {
    request: typeof request === 'string' ? parseHttpText(Buffer.from(request, 'utf8')) : requestOf(request),
    settings: {
      ...settings,
      ...(secret === undefined ? {} : { secrets: typeof secret === 'string' ? [secret] : secret }),
      ...(at === undefined ? {} : { atMs: typeof at === 'number' ? at : Date.parse(at) }),
    },
  };
}

/** An object without a word of any form of ours: most likely what was posted, saved alone. */
function isBodyAlone(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value);
  return names.length > 0 && !names.some((name) => requestWords.has(name));
}

const requestWords: ReadonlySet<string> = new Set(['request', ...Object.keys(requestSchema.shape)]);

function accepted<T>(parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  // Only where and what is wrong: a message about a value could quote a secret.
  if (parsed.error.issues.some(({ path }) => path.at(-1) === 'body')) {
    throw unreadable(
      'its body is no text: an object has lost the bytes that were signed; capture the text, or bodyBase64',
    );
  }
  const flaws = parsed.error.issues.slice(0, 3).map(({ path, code }) => `${path.join('.') || 'it'}: ${code}`);
  throw unreadable(`it is not of the form {method,url,headers,body|bodyBase64} (${flaws.join(', ')})`);
}

function requestOf(captured: z.output<typeof requestSchema>): CapturedRequest {
  const { method, url, headers } = captured;
  return {
    method: method.toUpperCase(),
    ...splitUrl(url),
    headers: pairsOf(headers).filter(([name]) => !name.startsWith(':')), // HTTP/2 in a HAR: no headers, but its request line
    body: bodyOf(captured),
  };
}

function bodyOf({ body, bodyBase64, postData }: z.output<typeof requestSchema>): Uint8Array {
  if (bodyBase64 !== undefined) return Buffer.from(bodyBase64, 'base64');
  if (body !== undefined) return Buffer.from(body, 'utf8');
  if (postData?.text !== undefined)
    return Buffer.from(postData.text, postData.encoding === 'base64' ? 'base64' : 'utf8');
  // Only the fields of a form were kept. Written anew, which is enough where parameters are signed and not bytes.
  const fields = (postData?.params ?? []).map(({ name, value }): [string, string] => [name, value]);
  return Buffer.from(new URLSearchParams(fields).toString(), 'utf8');
}

function pairsOf(headers: z.output<typeof requestSchema>['headers']): CapturedRequest['headers'] {
  if (Array.isArray(headers)) {
    return headers.map((header) => (Array.isArray(header) ? header : [header.name, header.value]));
  }
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each): [string, string] => [name, each]),
  );
}

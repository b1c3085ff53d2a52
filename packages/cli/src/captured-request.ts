import { TrunklineError } from '@trunkline/core';
import { z } from 'zod';

/** The largest request anybody can configure a source for (8 MiB), as base64 in JSON, and its headers. */
export const largestCaptureBytes: number = 12 * 1024 * 1024;

/** A request as it was captured somewhere else, before a source is named. */
export interface CapturedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** The whole address, where the capture knows it. */
  readonly url: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

const captureSchema = z.object({
  method: z.string().default('POST'),
  url: z.string().default('/'),
  headers: z
    .union([
      z.record(z.string(), z.union([z.string(), z.array(z.string())])),
      z.array(z.tuple([z.string(), z.string()])),
      z.array(z.object({ name: z.string(), value: z.string() })),
    ])
    .default([]),
  body: z.string().optional(),
  bodyBase64: z.string().optional(),
});

/** Reads a capture: JSON `{method,url,headers,body|bodyBase64}`, or the text of an HTTP request. */
export function parseCapture(bytes: Uint8Array): CapturedRequest {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return /^\s*\{/.test(buffer.subarray(0, 100).toString('latin1'))
    ? parseJsonCapture(buffer)
    : parseHttpCapture(buffer);
}

function parseJsonCapture(buffer: Buffer): CapturedRequest {
  const capture = captureSchema.safeParse(parseOrRefuse(buffer));
  if (!capture.success) throw unreadable(z.prettifyError(capture.error).replaceAll('\n', ' '));
  const { method, url, headers, body, bodyBase64 } = capture.data;
  return {
    method: method.toUpperCase(),
    ...splitUrl(url),
    headers: Array.isArray(headers)
      ? headers.map((header) => (Array.isArray(header) ? header : [header.name, header.value]))
      : pairsOf(headers),
    body: bodyBase64 === undefined ? Buffer.from(body ?? '', 'utf8') : Buffer.from(bodyBase64, 'base64'),
  };
}

/** The request line and headers may end in LF alone, as files saved by hand do; the body is taken byte for byte. */
function parseHttpCapture(buffer: Buffer): CapturedRequest {
  const text = buffer.toString('latin1');
  const end = /\r?\n\r?\n/.exec(text);
  const head = (end === null ? text : text.slice(0, end.index)).split(/\r?\n/);
  const requestLine = /^([A-Za-z]+) (\S+)(?: HTTP\/[0-9.]+)?$/.exec(head[0] ?? '');
  if (requestLine === null)
    throw unreadable('it starts neither with { nor with a request line such as POST /hooks/src_x HTTP/1.1');
  const headers = head.slice(1).flatMap((line): [string, string][] => {
    if (line === '') return [];
    const colon = line.indexOf(':');
    if (colon < 1) throw unreadable(`a header line has no colon: ${JSON.stringify(line.slice(0, 40))}`);
    return [[line.slice(0, colon), line.slice(colon + 1).trim()]];
  });
  const body = end === null ? Buffer.alloc(0) : buffer.subarray(end.index + end[0].length);
  return {
    method: (requestLine[1] ?? '').toUpperCase(),
    ...splitUrl(requestLine[2] ?? '/'),
    headers,
    body: cutToLength(body, headers),
  };
}

/** Editors end a file with a newline that was not part of the request; Content-Length says where the body ended. */
function cutToLength(body: Buffer, headers: CapturedRequest['headers']): Buffer {
  const stated = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
  return stated !== undefined && /^\d{1,9}$/.test(stated) ? body.subarray(0, Number(stated)) : body;
}

function splitUrl(url: string): { readonly target: string; readonly url: string | undefined } {
  const parsed = URL.parse(url);
  if (parsed === null) return { target: url, url: undefined };
  return { target: `${parsed.pathname}${parsed.search}`, url };
}

function pairsOf(headers: Readonly<Record<string, string | readonly string[]>>): CapturedRequest['headers'] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((each): [string, string] => [name, each]),
  );
}

function parseOrRefuse(buffer: Buffer): unknown {
  try {
    return JSON.parse(buffer.toString('utf8'));
  } catch (error) {
    throw unreadable('it starts with { but is not JSON', error);
  }
}

function unreadable(why: string, cause?: unknown): TrunklineError {
  return new TrunklineError('config_invalid', `the captured request cannot be read: ${why}`, { cause });
}

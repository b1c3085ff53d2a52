import { TrunklineError } from '@trunkline/core';
import { z } from 'zod';

import { unreadable } from './captured-request.ts';
import { isCurlText, parseCurlText } from './curl-text.ts';
import { parseHttpText } from './http-text.ts';
import { type CapturedCase, readCase } from './json-capture.ts';

/** The largest request anybody can configure a source for (8 MiB), as base64 in JSON, and its headers. */
export const largestCaptureBytes: number = 12 * 1024 * 1024;

/** A file of many requests: some thousands of the usual size (2 to 10 KiB). It is held in memory. */
export const largestFileBytes: number = 64 * 1024 * 1024;

/** With verdicts of a line each still a file that opens. */
export const mostCaptures = 100_000;

/** One request of a file, or why it is none. The others count all the same. */
export type CaptureEntry =
  | { readonly number: number; readonly captured: CapturedCase }
  | { readonly number: number; readonly flaw: string };

export interface CaptureFile {
  /** Whether it is a list, even one of a single request. */
  readonly many: boolean;
  readonly entries: readonly CaptureEntry[];
}

/**
 * Reads a file of requests: JSON, a HAR entry or a whole HAR, the text of one HTTP request, or JSON of one request a
 * line. Throws `config_invalid` where it is none of them.
 */
export function readCaptureFile(bytes: Uint8Array, options: { readonly lines: boolean }): CaptureFile {
  const buffer = withoutMark(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (options.lines) return { many: true, entries: readLines(buffer.toString('utf8')) };
  if (!/^\s*[{[]/.test(buffer.subarray(0, 100).toString('latin1'))) {
    limited(buffer);
    const text = buffer.toString('utf8');
    return single({ request: isCurlText(text) ? parseCurlText(text) : parseHttpText(buffer), settings: {} });
  }
  const text = buffer.toString('utf8');
  const whole = parseJson(text);
  if (whole.ok) return ofDocument(whole.value, buffer);
  if (!isLines(text)) throw unreadable('it starts with { but is not JSON', whole.cause);
  return { many: true, entries: readLines(text) };
}

function ofDocument(value: unknown, buffer: Buffer): CaptureFile {
  const listed = listOf(value);
  if (listed === undefined) {
    limited(buffer);
    return single(readCase(value));
  }
  return { many: true, entries: bounded(listed).map((each, index) => entryOf(index + 1, () => readCase(each))) };
}

const har = z.object({ log: z.object({ entries: z.array(z.unknown()) }) });
const list = z.array(z.unknown());

/** The entries of a HAR, or a JSON array of requests. */
function listOf(value: unknown): readonly unknown[] | undefined {
  const listed = list.safeParse(value);
  return listed.success ? listed.data : har.safeParse(value).data?.log.entries;
}

/** The line number is that of the file, so that a verdict can be found again. */
function readLines(text: string): readonly CaptureEntry[] {
  const lines = text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [{ line, number: index + 1 }]));
  return bounded(lines).map(({ line, number }) =>
    entryOf(number, () => {
      const parsed = parseJson(line);
      if (!parsed.ok) throw unreadable('the line is not JSON', parsed.cause);
      return readCase(parsed.value);
    }),
  );
}

function entryOf(number: number, read: () => CapturedCase): CaptureEntry {
  try {
    return { number, captured: read() };
  } catch (error) {
    if (error instanceof TrunklineError) return { number, flaw: error.message };
    throw error;
  }
}

function single(captured: CapturedCase): CaptureFile {
  return { many: false, entries: [{ number: 1, captured }] };
}

/** More than one line, and the first is a document of its own. */
function isLines(text: string): boolean {
  const [first = '', ...rest] = text.trim().split('\n');
  return rest.length > 0 && parseJson(first).ok;
}

function bounded<T>(found: readonly T[]): readonly T[] {
  if (found.length <= mostCaptures) return found;
  throw new TrunklineError('payload_too_large', `it holds ${found.length} requests; at most ${mostCaptures} at a time`);
}

function limited(buffer: Buffer): Buffer {
  if (buffer.length <= largestCaptureBytes) return buffer;
  throw new TrunklineError('payload_too_large', `a captured request is at most ${largestCaptureBytes} bytes`);
}

/** Some editors of Windows begin a file with it. */
function withoutMark(buffer: Buffer): Buffer {
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? buffer.subarray(3) : buffer;
}

function parseJson(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly cause: unknown } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (cause) {
    return { ok: false, cause };
  }
}

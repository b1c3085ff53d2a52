import type { IncomingMessage } from 'node:http';

import { Refusal } from '../refusal.ts';

export interface RequestLimits {
  readonly largestBodyBytes: number;
  readonly headerCount: number;
}

/**
 * What can be refused by the head of a request alone, before anything is looked up or read.
 * Node's parser has already refused what is not HTTP: both lengths at once, folded headers, headers above the limit.
 */
export function checkRequest(request: IncomingMessage, limits: RequestLimits): Refusal | undefined {
  // The absolute form names a host of its own; only proxies are sent it, and we are none.
  if (request.url?.startsWith('/') !== true) {
    return new Refusal({ step: 'request', code: 'request_malformed', detail: 'the target is not a path' });
  }
  if (hostHeaders(request.rawHeaders) !== 1) {
    return new Refusal({ step: 'request', code: 'request_malformed', detail: 'there is not one Host header' });
  }
  // Node undoes `chunked` alone and passes on what is packed under it; HTTP/1.0 has no transfer codings at all, so a
  // proxy in front of us may see another end of the body than we do (RFC 9112 §6.1).
  const coding = request.headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || request.httpVersion !== '1.1')) {
    const detail = 'a Transfer-Encoding other than chunked, or under HTTP/1.0';
    return new Refusal({ step: 'request', code: 'request_malformed', detail });
  }
  if (request.rawHeaders.length / 2 > limits.headerCount) {
    const detail = `more than ${limits.headerCount} headers`;
    return new Refusal({ step: 'request', code: 'request_malformed', detail, status: 431 });
  }
  return checkDeclaredSize(request, limits.largestBodyBytes);
}

/** Node keeps the first of two; a proxy in front of us may have gone by the other. */
function hostHeaders(raw: readonly string[]): number {
  let count = 0;
  // Names stand at the even places.
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

/** Refuses a body that says it is too long, before a byte of it is read. */
export function checkDeclaredSize(request: IncomingMessage, limitBytes: number): Refusal | undefined {
  const declared = request.headers['content-length'];
  if (declared === undefined || Number(declared) <= limitBytes) return undefined;
  return tooLarge(limitBytes);
}

export function tooLarge(limitBytes: number): Refusal {
  return new Refusal({
    step: 'size',
    code: 'payload_too_large',
    detail: `the body is longer than ${limitBytes} bytes`,
  });
}

/** Of a request and its answer while they are under way, with everything Node, Express and we hang on them. */
const requestCostBytes = 4 * 1024;

/** What a request occupies before a byte of its body is here: its head is held for as long as the sender takes. */
export function headCostBytes({ url = '', rawHeaders }: IncomingMessage): number {
  // Once as it came and once in the list that verifiers see.
  return rawHeaders.reduce((bytes, text) => bytes + 2 * text.length, requestCostBytes + url.length);
}

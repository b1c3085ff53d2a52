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
  if (request.headers.host === undefined) {
    return new Refusal({ step: 'request', code: 'request_malformed', detail: 'there is no Host header' });
  }
  if (request.rawHeaders.length / 2 > limits.headerCount) {
    const detail = `more than ${limits.headerCount} headers`;
    return new Refusal({ step: 'request', code: 'request_malformed', detail, status: 431 });
  }
  // No provider compresses, and it would be unclear which bytes were signed. Nothing is ever unpacked here.
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    const detail = 'a Content-Encoding other than identity';
    return new Refusal({ step: 'encoding', code: 'encoding_unsupported', detail });
  }
  return checkDeclaredSize(request, limits.largestBodyBytes);
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

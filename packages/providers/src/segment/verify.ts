import { readJsonDocument } from '../contract/json-body.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import type { Secret } from '../contract/secret.ts';
import type { Verdict } from '../contract/verdict.ts';
import { headerHmac, type HeaderHmacScheme, rawBody } from '../schemes/header-hmac.ts';
import type { Scheme } from '../schemes/scheme.ts';
import type { SegmentOptions } from './options.ts';

/**
 * https://www.twilio.com/docs/segment/connections/destinations/catalog/actions-webhook. SHA-1 is all there is; as an
 * HMAC it still holds. X-Signature of a batch is made over its first event alone: the bytes between the bracket and
 * the first comma, as they stand in the body.
 */
export function segmentScheme(options: SegmentOptions): Scheme {
  const whole = wholeBody(options);
  return {
    coverage: whole.coverage,
    sign: (request, secret, nowMs) => whole.sign(request, secret, nowMs),
    verify: (request, secrets, nowMs) => {
      const verdict = whole.verify(request, secrets, nowMs);
      const mayBeBatch = options.header === 'X-Signature' && !verdict.accepted && verdict.step === 'signature_mismatch';
      return mayBeBatch ? (firstOfBatch(whole, request, { secrets, nowMs }) ?? verdict) : verdict;
    },
  };
}

function wholeBody(options: SegmentOptions): HeaderHmacScheme {
  return headerHmac({ header: options.header, algorithm: 'sha1', encoding: 'hex', prefix: '', message: rawBody });
}

/** The verdict on a batch by its first item; undefined where that one is not proven either, or the body is no batch. */
function firstOfBatch(
  scheme: Scheme,
  request: ReceivedRequest,
  by: { readonly secrets: readonly Secret[]; readonly nowMs: number },
): Verdict | undefined {
  const item = firstItem(request.body);
  if (item === undefined) return undefined;
  const verdict = scheme.verify({ ...request, body: item }, by.secrets, by.nowMs);
  if (!verdict.accepted) return undefined;
  // Whatever stands behind the first item, it must not keep the body from being read as the array that it seems to be.
  const body = readJsonDocument(request.body);
  return body.readable && Array.isArray(body.document.value) ? { ...verdict, provenItems: [0] } : undefined;
}

const quote = 0x22;
const backslash = 0x5c;
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Segment takes events of at most 32 KB. Beyond twice that a forged batch would only cost a second digest. */
const maxItemBytes = 64 * 1024;

/** The bytes of the first item of a JSON array, which is an object; undefined where there is none, or none so short. */
export function firstItem(body: Uint8Array): Uint8Array | undefined {
  const start = /^[ \t\r\n]*\[[ \t\r\n]*(?=\{)/.exec(Buffer.from(body.subarray(0, 256)).toString('latin1'))?.[0].length;
  if (start === undefined) return undefined;
  let depth = 0;
  let inText = false;
  const end = Math.min(body.length, start + maxItemBytes);
  for (let at = start; at < end; at += 1) {
    const byte = body[at] ?? 0;
    if (inText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (opening.has(byte)) depth += 1;
    else if (closing.has(byte)) {
      depth -= 1;
      if (depth === 0) return body.subarray(start, at + 1);
    }
  }
  return undefined;
}

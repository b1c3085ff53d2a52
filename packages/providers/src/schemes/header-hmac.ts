import type { SignatureCoverage } from '../contract/coverage.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { withHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import {
  credentialOf,
  type DigestEncoding,
  type HmacAlgorithm,
  hmacText,
  matchingSignature,
  maxSignatures,
  type Scheme,
  signatureVerdict,
} from './scheme.ts';
import { readTimestamp, staleness, type TimestampRule, writeTimestamp } from './timestamp.ts';

/**
 * Families C and D: the HMAC stands alone in a header, over the raw body (GitHub, Shopify, Cal.com, Segment) or over a
 * text made of the body and a timestamp that has its own header (Slack, HubSpot v3).
 */
export interface HeaderHmac {
  readonly header: string;
  readonly algorithm: HmacAlgorithm;
  readonly encoding: DigestEncoding;
  /** Before the digest: `sha256=`, `v0=`. A signature with another prefix is not one. */
  readonly prefix: string;
  /** Between several signatures of one header; without it the whole value is one. */
  readonly separator?: string;
  readonly timestamp?: TimestampRule & { readonly header: string };
  /**
   * What is signed. A string instead of parts refuses the request with that detail, as `malformed_header`.
   * `timestamp` is the validated text of the timestamp header, `''` without one.
   */
  readonly message: (request: ReceivedRequest, timestamp: string) => readonly (string | Uint8Array)[] | string;
  /** What `message` signs beside the body and the time. */
  readonly alsoSigned?: { readonly headers?: readonly string[]; readonly url?: boolean };
  /** See SignatureCoverage.notProven. */
  readonly notProven?: readonly string[];
}

/** Families C and D's scheme, plus signing at a timestamp of the caller's choice for hostile cases. */
export interface HeaderHmacScheme extends Scheme {
  signAt(request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest;
}

/** Family C's message: the bytes as received. */
export const rawBody: HeaderHmac['message'] = (request) => [request.body];

export function headerHmac(config: HeaderHmac): HeaderHmacScheme {
  type Message = readonly (string | Uint8Array)[];
  const signature = (secret: Secret, message: Message): string =>
    config.prefix + hmacText(config, secret.reveal(), message);

  const signAt = (request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest => {
    const stamped = config.timestamp === undefined ? request : withHeader(request, config.timestamp.header, timestamp);
    const message = config.message(stamped, timestamp);
    // A request that cannot be signed by the rules is signed as far as it can be: verify refuses it, as it should.
    return withHeader(stamped, config.header, signature(secret, typeof message === 'string' ? [] : message));
  };

  const verify = (request: ReceivedRequest, secrets: readonly Secret[], nowMs: number): Verdict => {
    const candidates = readCandidates(request, config);
    if ('accepted' in candidates) return candidates;
    const stamp = readStamp(request, config);
    if ('accepted' in stamp) return stamp;
    const message = config.message(request, stamp.text);
    if (typeof message === 'string') return rejected('malformed_header', message);
    const match = matchingSignature(liveSecrets(secrets, nowMs), candidates.values, (secret) =>
      signature(secret, message),
    );
    if (match === undefined || config.timestamp === undefined) return signatureVerdict(match, config.header);
    return staleness(stamp.time, nowMs, config.timestamp) ?? signatureVerdict(match, config.header);
  };

  const { timestamp, alsoSigned = {}, notProven } = config;
  const coverage: SignatureCoverage = {
    credentialHeaders: [
      config.header,
      ...(timestamp === undefined ? [] : [timestamp.header]),
      ...(alsoSigned.headers ?? []),
    ],
    body: 'all',
    url: alsoSigned.url === true,
    ...(timestamp === undefined ? {} : { timestamp: { toleranceMs: timestamp.toleranceMs } }),
    ...(notProven === undefined ? {} : { notProven }),
  };
  const unit = timestamp?.unit ?? 's';
  return {
    coverage,
    signAt,
    verify,
    sign: (request, secret, nowMs) => signAt(request, secret, writeTimestamp(nowMs, unit)),
  };
}

function readCandidates(
  request: ReceivedRequest,
  config: HeaderHmac,
): { readonly values: readonly string[] } | Rejected {
  const { header, separator } = config;
  const credential = credentialOf(request, header);
  if ('accepted' in credential) return credential;
  const values = separator === undefined ? [credential.value] : credential.value.split(separator);
  if (values.length > maxSignatures) {
    return rejected('malformed_header', `the ${header} header has more than ${maxSignatures} signatures`);
  }
  if (values.some((value) => value.startsWith(config.prefix))) return { values };
  return rejected(
    'unsupported_version',
    `no signature in ${header} begins with "${config.prefix}"; other forms do not count`,
  );
}

function readStamp(
  request: ReceivedRequest,
  config: HeaderHmac,
): { readonly text: string; readonly time: number } | Rejected {
  if (config.timestamp === undefined) return { text: '', time: 0 };
  const { header } = config.timestamp;
  const credential = credentialOf(request, header);
  if ('accepted' in credential) return credential;
  const time = readTimestamp(credential.value);
  if (time === undefined) return rejected('malformed_header', `the ${header} header is not a plain decimal number`);
  return { text: credential.value, time };
}

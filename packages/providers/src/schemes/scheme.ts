import { createHash, createHmac, type Hmac, timingSafeEqual } from 'node:crypto';

import type { SignatureCoverage } from '../contract/coverage.ts';
import { headerOf, maxHeaderBytes, type ReceivedRequest } from '../contract/request.ts';
import type { LiveSecret, Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';

/**
 * A family of verifications, configured: how several providers prove their requests. Both halves come from one
 * configuration, so what `sign` makes is what `verify` wants.
 */
export interface Scheme {
  readonly coverage: SignatureCoverage;
  verify(request: ReceivedRequest, secrets: readonly Secret[], nowMs: number): Verdict;
  sign(request: ReceivedRequest, secret: Secret, nowMs: number): ReceivedRequest;
}

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512';
export type DigestEncoding = 'hex' | 'hex-upper' | 'base64' | 'base64url';

/** How many signatures of one header are looked at: a roll of all secrets needs a handful, each costs a comparison. */
export const maxSignatures = 16;

/**
 * The value of a credential header. Absent, repeated, empty, overlong and non-ASCII are refused here, once for all
 * families, before anything is computed.
 */
export function credentialOf(request: ReceivedRequest, name: string): { readonly value: string } | Rejected {
  const header = headerOf(request, name);
  if (header.kind === 'absent') return rejected('missing_header', `there is no ${name} header`);
  if (header.kind === 'many') return rejected('malformed_header', `the ${name} header occurs more than once`);
  if (header.value === '') return rejected('missing_header', `the ${name} header is empty`);
  if (header.value.length > maxHeaderBytes) {
    return rejected('malformed_header', `the ${name} header is longer than ${maxHeaderBytes} bytes`);
  }
  if (!/^[\x20-\x7e]+$/.test(header.value)) {
    return rejected('malformed_header', `the ${name} header has characters outside of printable ASCII`);
  }
  return { value: header.value };
}

/** An HMAC over parts that are never joined in memory: the body may be megabytes. */
export function hmac(
  algorithm: HmacAlgorithm,
  key: string | Uint8Array,
  message: readonly (string | Uint8Array)[],
): Buffer {
  return hmacOver(algorithm, key, message).digest();
}

/**
 * The same as text. Signatures are compared as text, in the one canonical form of their encoding: decoding first would
 * accept other spellings of a signature (letter case, base64 padding and spare bits), so a changed byte could pass.
 */
export function hmacText(
  { algorithm, encoding }: DigestForm,
  key: string | Uint8Array,
  message: readonly (string | Uint8Array)[],
): string {
  const mac = hmacOver(algorithm, key, message);
  return encoding === 'hex-upper' ? mac.digest('hex').toUpperCase() : mac.digest(encoding);
}

export interface DigestForm {
  readonly algorithm: HmacAlgorithm;
  readonly encoding: DigestEncoding;
}

function hmacOver(algorithm: HmacAlgorithm, key: string | Uint8Array, message: readonly (string | Uint8Array)[]): Hmac {
  const mac = createHmac(algorithm, key);
  // Each update costs more than the few characters before a body.
  let text = '';
  for (const part of message) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    if (text !== '') mac.update(text);
    mac.update(part);
    text = '';
  }
  return text === '' ? mac : mac.update(text);
}

/** Equality whose duration tells nothing about either text: both are digested, so lengths are equal as well. */
export function sameText(left: string, right: string): boolean {
  return timingSafeEqual(digestOf(left), digestOf(right));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * The same for signatures, for a twentieth of the time: how long one is says its encoding, so there is nothing to hide
 * in that. Not for shared tokens, whose length is a hint.
 */
export function sameSignature(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * The live secret whose expected text is among the candidates. The work depends on how many secrets and candidates
 * there are, never on which of them match: no comparison is skipped after a hit. What is expected is made once for each
 * secret: whoever forges a request chooses how many candidates it has, and a digest of the body costs milliseconds.
 */
export function matchingSecret(
  live: readonly LiveSecret[],
  candidates: readonly string[],
  expectedOf: (secret: Secret) => string,
): number | undefined {
  return matching(textsOf(live, expectedOf), candidates, sameText);
}

/** The same where what is expected is a signature by the secret, and not the secret itself. */
export function matchingSignature(
  live: readonly LiveSecret[],
  candidates: readonly string[],
  signatureOf: (secret: Secret) => string,
): number | undefined {
  return matchingSignatureText(textsOf(live, signatureOf), candidates);
}

/** The same for signatures that were made already. */
export function matchingSignatureText(
  texts: readonly ExpectedText[],
  candidates: readonly string[],
): number | undefined {
  return matching(texts, candidates, sameSignature);
}

interface ExpectedText {
  readonly index: number;
  readonly expected: string;
}

function textsOf(live: readonly LiveSecret[], expectedOf: (secret: Secret) => string): readonly ExpectedText[] {
  return live.map(({ index, secret }) => ({ index, expected: expectedOf(secret) }));
}

function matching(
  texts: readonly ExpectedText[],
  candidates: readonly string[],
  isSame: (left: string, right: string) => boolean,
): number | undefined {
  let match: number | undefined;
  for (const { index, expected } of texts) {
    for (const candidate of candidates) {
      const same = isSame(expected, candidate);
      if (same && match === undefined) match = index;
    }
  }
  return match;
}

/** The verdict of `matchingSignature`, in the words of a signature. */
export function signatureVerdict(match: number | undefined, header: string): Verdict {
  if (match !== undefined) return { accepted: true, secretIndex: match };
  return rejected(
    'signature_mismatch',
    `no signature in ${header} was made over this request with a secret of this source`,
  );
}

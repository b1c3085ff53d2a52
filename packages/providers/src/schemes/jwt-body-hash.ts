import { createHash } from 'node:crypto';

import { type ExactObject, isExactObject } from '@trunkline/events';

import { readJsonBody, textMember, wholeNumber } from '../contract/json-body.ts';
import { type ReceivedRequest, withHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { credentialOf, hmac, matchingSignature, sameText, type Scheme, signatureVerdict } from './scheme.ts';

/**
 * Family G: a JSON Web Token (RFC 7519) as bearer, signed with HMAC-SHA256, whose claim `payload_hash` is the SHA-256 of
 * the body. Vonage. The algorithm is ours, not the token's: whoever could choose it could choose none. A token without
 * the hash proves nothing about the body, so it is refused.
 */
export interface JwtBodyHash {
  readonly header: string;
  /** Claims of a sample that say who sent it. */
  readonly issuer: string;
}

const requiredAlgorithm = 'HS256';

export function jwtBodyHash(config: JwtBodyHash): Scheme {
  const { header } = config;

  const verify = (request: ReceivedRequest, secrets: readonly Secret[], nowMs: number): Verdict => {
    const token = readToken(request, header);
    if ('accepted' in token) return token;
    const match = matchingSignature(liveSecrets(secrets, nowMs), [token.signature], (secret) =>
      signatureOf(secret, token.signed),
    );
    if (match === undefined) return signatureVerdict(match, header);
    return claimsFlaw(token.claims, request.body, nowMs) ?? signatureVerdict(match, header);
  };

  const sign = (request: ReceivedRequest, secret: Secret, nowMs: number): ReceivedRequest => {
    const payloadHash = sha256(request.body);
    const claims = {
      iat: Math.floor(nowMs / 1000),
      jti: payloadHash.slice(0, 32),
      iss: config.issuer,
      payload_hash: payloadHash,
    };
    const signed = [{ typ: 'JWT', alg: requiredAlgorithm }, claims].map(segmentOf).join('.');
    return withHeader(request, header, `Bearer ${signed}.${signatureOf(secret, signed)}`);
  };

  return { coverage: { credentialHeaders: [header], body: 'all', url: false }, verify, sign };
}

interface Token {
  /** The text that is signed: two segments, exactly as received. */
  readonly signed: string;
  readonly signature: string;
  readonly claims: ExactObject;
}

function readToken(request: ReceivedRequest, header: string): Token | Rejected {
  const credential = credentialOf(request, header);
  if ('accepted' in credential) return credential;
  const bearer = /^Bearer (.+)$/i.exec(credential.value)?.[1];
  if (bearer === undefined) return rejected('unsupported_version', `the ${header} header has no bearer token`);
  const [head = '', body = '', signature = '', ...rest] = bearer.split('.');
  const joseHeader = objectOf(head);
  const claims = objectOf(body);
  if (joseHeader === undefined || claims === undefined || rest.length > 0) {
    return rejected('malformed_header', `the ${header} header is not a JSON Web Token of three segments`);
  }
  if (textMember(joseHeader, 'alg') !== requiredAlgorithm || joseHeader['crit'] !== undefined) {
    return rejected('unsupported_version', `the token in ${header} is not signed with ${requiredAlgorithm} alone`);
  }
  return { signed: `${head}.${body}`, signature, claims };
}

/** What is signed and still no proof: of another body, or outside the time that the token gives itself. */
function claimsFlaw(claims: ExactObject, body: Uint8Array, nowMs: number): Rejected | undefined {
  const nowSeconds = Math.floor(nowMs / 1000);
  const notBefore = claims['nbf'] === undefined ? 0 : wholeNumber(claims['nbf']);
  const expires = claims['exp'] === undefined ? Number.MAX_SAFE_INTEGER : wholeNumber(claims['exp']);
  if (notBefore === undefined || expires === undefined) {
    return rejected('malformed_header', 'the token has a nbf or exp that is not a whole number');
  }
  if (notBefore > nowSeconds) return rejected('timestamp_in_future', 'the token is not valid yet (nbf)');
  if (expires <= nowSeconds) return rejected('timestamp_expired', 'the token is not valid any more (exp)');
  const payloadHash = textMember(claims, 'payload_hash');
  if (payloadHash === undefined)
    return rejected('body_hash_mismatch', 'the token has no payload_hash, so no body is proven');
  if (sameText(payloadHash.toLowerCase(), sha256(body))) return undefined;
  return rejected('body_hash_mismatch', 'the body does not have the SHA-256 that payload_hash says');
}

function signatureOf(secret: Secret, signed: string): string {
  return hmac('sha256', secret.reveal(), [signed]).toString('base64url');
}

function segmentOf(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A segment as an object; one spelling of base64url only, so nobody reads another one. */
function objectOf(segment: string): ExactObject | undefined {
  const bytes = Buffer.from(segment, 'base64url');
  if (bytes.toString('base64url') !== segment) return undefined;
  const json = readJsonBody(bytes);
  return json.readable && isExactObject(json.value) ? json.value : undefined;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

import { createHash } from 'node:crypto';

import { canonicalText, type ExactJson, ExactNumber, isExactObject } from '@trunkline/events';

import { isFormType, singleParameter } from '../contract/form-body.ts';
import { member, readJsonBody } from '../contract/json-body.ts';
import { readPostedForm } from '../contract/posted-form.ts';
import { maxHeaderBytes, type ReceivedRequest, singleHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { hmac, matchingSignature, type Scheme, signatureVerdict } from './scheme.ts';
import { readTimestamp, staleness, type TimestampRule, writeTimestamp } from './timestamp.ts';

/**
 * Family H: a member of the JSON body, or the fields of a form, hold a time, a random token and the HMAC-SHA256 in hex of
 * one after the other.
 * Mailgun. Nothing else of the body is proven: it is as trustworthy as the TLS connection, and whoever has seen a
 * signature can use it for any body until the time is too old.
 */
export interface SignatureInBody extends TimestampRule {
  /** The member; its own members are `timestamp`, `token` and `signature`. */
  readonly member: string;
}

/** Family H's scheme, plus signing at a timestamp of the caller's choice for hostile cases. */
export interface SignatureInBodyScheme extends Scheme {
  signAt(request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest;
}

/** The paths of everything that is proven. */
function credentialPaths(name: string): readonly string[] {
  return ['timestamp', 'token', 'signature'].map((part) => `${name}.${part}`);
}

export function signatureInBody(config: SignatureInBody): SignatureInBodyScheme {
  const { member: name } = config;
  const signature = (secret: Secret, timestamp: string, token: string): string =>
    hmac('sha256', secret.reveal(), [timestamp, token]).toString('hex');

  const signAt = (request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest => {
    if (isFormType(singleHeader(request, 'content-type'))) return signedForm(request, secret, timestamp);
    const body = readJsonBody(request.body);
    // What has no place for a signature stays as it is: verify refuses it, as it should.
    if (!body.readable || !isExactObject(body.value)) return request;
    const token = tokenOf(request, timestamp);
    const proof = { timestamp, token, signature: signature(secret, timestamp, token) };
    // Spread defines members, so that one named __proto__ stays a member.
    return { ...request, body: Buffer.from(canonicalText({ ...body.value, [name]: proof }), 'utf8') };
  };

  const signedForm = (request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest => {
    const token = tokenOf(request, timestamp);
    const form = new URLSearchParams(Buffer.from(request.body).toString('utf8'));
    const proof = { timestamp, token, signature: signature(secret, timestamp, token) };
    for (const [field, value] of Object.entries(proof)) form.set(field, value);
    return { ...request, body: Buffer.from(form.toString(), 'utf8') };
  };

  return {
    coverage: {
      credentialHeaders: [],
      bodyCredentials: credentialPaths(name),
      body: 'none',
      url: false,
      timestamp: { toleranceMs: config.toleranceMs },
    },
    signAt,
    sign: (request, secret, nowMs) => signAt(request, secret, writeTimestamp(nowMs, config.unit)),
    verify: (request, secrets, nowMs): Verdict => {
      const proof = proofOf(request, name);
      if ('accepted' in proof) return proof;
      const match = matchingSignature(liveSecrets(secrets, nowMs), [proof.signature], (secret) =>
        signature(secret, proof.timestamp, proof.token),
      );
      if (match === undefined) return signatureVerdict(match, `${name}.signature`);
      return staleness(proof.time, nowMs, config) ?? signatureVerdict(match, `${name}.signature`);
    },
  };
}

interface Proof {
  readonly timestamp: string;
  readonly time: number;
  readonly token: string;
  readonly signature: string;
}

/** Random at Mailgun; here it only has to be another one for another request. */
function tokenOf(request: ReceivedRequest, timestamp: string): string {
  return createHash('sha256').update(timestamp).update(request.body).digest('hex').slice(0, 50);
}

/** The parts of a proof: of a form at its top, of JSON in the member. */
function proofOf(request: ReceivedRequest, name: string): Proof | Rejected {
  const form = readPostedForm(request);
  if (form !== undefined) {
    if (!form.readable) return rejected('malformed_header', `no signature can be read from the body: ${form.reason}`);
    return checkedProof((part) => singleParameter(form.parameters, part) || undefined, name);
  }
  const body = readJsonBody(request.body);
  if (!body.readable) return rejected('malformed_header', `no signature can be read from the body: ${body.reason}`);
  const proof = member(body.value, name);
  return checkedProof((part) => textOf(member(proof, part)), name);
}

function checkedProof(find: (part: string) => string | undefined, name: string): Proof | Rejected {
  const timestamp = find('timestamp');
  const token = find('token');
  const signature = find('signature');
  if (timestamp === undefined || token === undefined || signature === undefined) {
    return rejected(
      'missing_header',
      `the body has no ${name} with timestamp, token and signature, and is no form with them`,
    );
  }
  if ([timestamp, token, signature].some((text) => text.length > maxHeaderBytes || !/^[\x20-\x7e]+$/.test(text))) {
    return rejected('malformed_header', `a part of ${name} is too long or not printable ASCII`);
  }
  const time = readTimestamp(timestamp);
  if (time === undefined) return rejected('malformed_header', `${name}.timestamp is not a plain decimal number`);
  return { timestamp, time, token, signature };
}

/** A text that is not empty, or a number as it was written. */
function textOf(value: ExactJson | undefined): string | undefined {
  if (value instanceof ExactNumber) return value.text;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

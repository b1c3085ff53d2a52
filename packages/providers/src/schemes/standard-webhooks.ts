import type { KeyObject } from 'node:crypto';
import { sign as signBytes, verify as verifyBytes } from 'node:crypto';

import type { ReceivedRequest } from '../contract/request.ts';
import { withHeader } from '../contract/request.ts';
import { type LiveSecret, liveSecrets, type Secret } from '../contract/secret.ts';
import { accepted, type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { decodeBase64, decodeKey, ed25519PrivateKey, ed25519PublicKey, publicPartOf } from './keys.ts';
import { credentialOf, hmac, matchingSignatureText, maxSignatures, type Scheme, signatureVerdict } from './scheme.ts';
import type { SecretForm } from './secret-forms.ts';
import { readTimestamp, staleness, type TimestampRule, writeTimestamp } from './timestamp.ts';

/**
 * Family B, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, and Svix, from
 * which it came: `<id>.<time>.<raw body>`, signed as `v1,<base64>` with HMAC-SHA256 or as `v1a,<base64>` with Ed25519, any
 * number of them in one header, a blank between two.
 *
 * The prefix of a secret says what it is, and it is used for nothing else: a public key must never become the key
 * of an HMAC, which anybody could make.
 */
export interface StandardWebhooks {
  /** `webhook` or `svix`: what stands before `-id`, `-timestamp` and `-signature`. */
  readonly headerPrefix: string;
}

/** Family B's scheme, plus signing at a timestamp of the caller's choice for hostile cases. */
export interface StandardWebhooksScheme extends Scheme {
  /** The id, the time and the signature: every one of them is part of the proof. */
  readonly headers: readonly [id: string, timestamp: string, signature: string];
  signAt(request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest;
  readonly secretFlaw: SecretForm;
}

const rule: TimestampRule = { unit: 's', toleranceMs: 300_000 };

/** What an unsigned sample gets: signing needs an id, and a sample may have brought its own. */
const sampleId = 'msg_sample0000000000000001';

export function standardWebhooksScheme(config: StandardWebhooks): StandardWebhooksScheme {
  const idHeader = `${config.headerPrefix}-id`;
  const timestampHeader = `${config.headerPrefix}-timestamp`;
  const signatureHeader = `${config.headerPrefix}-signature`;

  const signAt = (request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest => {
    const given = credentialOf(request, idHeader);
    const id = 'accepted' in given ? sampleId : given.value;
    const stamped = withHeader(withHeader(request, idHeader, id), timestampHeader, timestamp);
    const signature = signatureOf(keyOf(secret), [id, '.', timestamp, '.', request.body]);
    return signature === undefined ? stamped : withHeader(stamped, signatureHeader, signature);
  };

  const verify = (request: ReceivedRequest, secrets: readonly Secret[], nowMs: number): Verdict => {
    const id = credentialOf(request, idHeader);
    if ('accepted' in id) return id;
    const timestamp = credentialOf(request, timestampHeader);
    if ('accepted' in timestamp) return timestamp;
    const time = readTimestamp(timestamp.value);
    if (time === undefined) {
      return rejected('malformed_header', `the ${timestampHeader} header is not a plain decimal number`);
    }
    const keys = usableKeys(liveSecrets(secrets, nowMs));
    if (keys.length === 0) {
      return rejected('no_usable_secret', 'no secret of this source is whsec_, whsk_ or whpk_ and base64');
    }
    const signatures = readSignatures(request, signatureHeader, keys);
    if ('accepted' in signatures) return signatures;
    const message = [id.value, '.', timestamp.value, '.', request.body];
    const match =
      matchingHmacKey(keys, signatures.values, message) ?? matchingPublicKey(keys, signatures.values, message);
    if (match === undefined) return signatureVerdict(match, signatureHeader);
    return staleness(time, nowMs, rule) ?? accepted(match);
  };

  const headers = [idHeader, timestampHeader, signatureHeader] as const;
  return {
    coverage: { credentialHeaders: headers, body: 'all', url: false, timestamp: { toleranceMs: rule.toleranceMs } },
    headers,
    secretFlaw: (value) =>
      readKey(value) === undefined ? 'is not whsec_, whsk_ or whpk_ and the base64 of a key' : undefined,
    signAt,
    verify,
    sign: (request, secret, nowMs) => signAt(request, secret, writeTimestamp(nowMs, rule.unit)),
  };
}

type Key =
  | { readonly version: 'v1'; readonly hmacKey: Buffer }
  | { readonly version: 'v1a'; readonly publicKey: KeyObject; readonly privateKey: KeyObject | undefined };

interface UsableKey {
  readonly index: number;
  readonly key: Key;
}

type Message = readonly (string | Uint8Array)[];

const keys = new WeakMap<Secret, { readonly key: Key | undefined }>();

/** Reading an Ed25519 key costs more than verifying with it, and a source keeps its secrets. */
function keyOf(secret: Secret): Key | undefined {
  const known = keys.get(secret);
  if (known !== undefined) return known.key;
  const key = readKey(secret.reveal());
  keys.set(secret, { key });
  return key;
}

/**
 * Undefined for what is no key. Without a prefix it is an HMAC key, as the official library takes it; some senders show it
 * behind the version of its signatures (`v1,whsec_…`).
 */
function readKey(given: string): Key | undefined {
  const text = given.replace(/^v1,(?=whsec_)/, '');
  if (text.startsWith('whpk_')) return asymmetric(ed25519PublicKey(decodeKey(text.slice(5))), undefined);
  if (text.startsWith('whsk_')) {
    const privateKey = ed25519PrivateKey(decodeKey(text.slice(5)));
    return asymmetric(privateKey && publicPartOf(privateKey), privateKey);
  }
  const hmacKey = text.startsWith('whsec_') ? decodeKey(text.slice(6)) : decodeBase64(text);
  return hmacKey === undefined || hmacKey.length === 0 ? undefined : { version: 'v1', hmacKey };
}

function asymmetric(publicKey: KeyObject | undefined, privateKey: KeyObject | undefined): Key | undefined {
  return publicKey === undefined ? undefined : { version: 'v1a', publicKey, privateKey };
}

function usableKeys(live: readonly LiveSecret[]): readonly UsableKey[] {
  return live.flatMap(({ index, secret }) => {
    const key = keyOf(secret);
    return key === undefined ? [] : [{ index, key }];
  });
}

/** The signatures of a version that a key of the source can check. No other counts: no downgrade. */
function readSignatures(
  request: ReceivedRequest,
  header: string,
  usable: readonly UsableKey[],
): { readonly values: readonly string[] } | Rejected {
  const credential = credentialOf(request, header);
  if ('accepted' in credential) return credential;
  const listed = credential.value.split(' ');
  if (listed.length > maxSignatures) {
    return rejected('malformed_header', `the ${header} header has more than ${maxSignatures} signatures`);
  }
  if (listed.includes('')) return rejected('malformed_header', `the ${header} header has a blank too many`);
  const versions = new Set(usable.map(({ key }) => key.version));
  const values = listed.filter((value) => [...versions].some((version) => value.startsWith(`${version},`)));
  const publicKeys = usable.filter(({ key }) => key.version === 'v1a').length;
  const attempts = publicKeys * values.filter((value) => value.startsWith('v1a,')).length;
  if (attempts > publicKeys + spareAttempts) {
    return rejected(
      'malformed_header',
      `the ${header} header has too many v1a signatures for ${publicKeys} public keys`,
    );
  }
  if (values.length > 0) return { values };
  const wanted = [...versions].map((version) => `${version},`).join(' or ');
  return rejected('unsupported_version', `no signature in ${header} begins with ${wanted}; others do not count`);
}

/**
 * Ed25519 reads the whole body for every pair of key and signature, and whoever forges a request chooses how many
 * signatures it has. A roll of keys needs two of each, which is four pairs.
 */
const spareAttempts = 2;

/** The body is digested once for each key, however many signatures a forged request lists. */
function matchingHmacKey(
  usable: readonly UsableKey[],
  signatures: readonly string[],
  message: Message,
): number | undefined {
  return matchingSignatureText(
    usable.flatMap(({ index, key }) =>
      key.version === 'v1' ? [{ index, expected: hmacSignature(key, message) }] : [],
    ),
    signatures,
  );
}

/** Every key is held against every signature, whichever fits. */
function matchingPublicKey(
  usable: readonly UsableKey[],
  signatures: readonly string[],
  message: Message,
): number | undefined {
  const proofs = signatures.flatMap((signature) =>
    signature.startsWith('v1a,') ? (decodeBase64(signature.slice(4)) ?? []) : [],
  );
  if (proofs.length === 0) return undefined;
  const bytes = joined(message);
  const fitting = usable.filter(({ key }) => {
    if (key.version !== 'v1a') return false;
    return proofs.map((proof) => verifyBytes(null, bytes, key.publicKey, proof)).includes(true);
  });
  return fitting[0]?.index;
}

function signatureOf(key: Key | undefined, message: Message): string | undefined {
  if (key === undefined) return undefined;
  if (key.version === 'v1') return hmacSignature(key, message);
  if (key.privateKey === undefined) return undefined;
  return `v1a,${signBytes(null, joined(message), key.privateKey).toString('base64')}`;
}

function hmacSignature(key: Extract<Key, { readonly version: 'v1' }>, message: Message): string {
  return `v1,${hmac('sha256', key.hmacKey, message).toString('base64')}`;
}

/** Ed25519 reads its message twice, so it has to be in one piece. */
function joined(message: Message): Buffer {
  return Buffer.concat(message.map((part) => Buffer.from(part)));
}

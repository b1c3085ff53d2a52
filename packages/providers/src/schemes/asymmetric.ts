import { createPrivateKey, createPublicKey, createSign, createVerify, type KeyObject, sign, verify } from 'node:crypto';

import type { ReceivedRequest } from '../contract/request.ts';
import { withHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import { accepted, type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { tryParse, decodeBase64, ed25519KeyBytes, ed25519PublicDer, publicPartOf } from './keys.ts';
import { credentialOf, type Scheme, signatureVerdict } from './scheme.ts';
import type { SecretForm } from './secret-forms.ts';
import { readTimestamp, staleness, type TimestampRule, writeTimestamp } from './timestamp.ts';

/**
 * Family F, with a public key that the source holds: a signature in base64 in one header, its time in another.
 * SendGrid (ECDSA), Telnyx (Ed25519).
 */
export interface AsymmetricHeader {
  /** ECDSA on P-256 over SHA-256, signature in DER; or Ed25519, 64 bytes. */
  readonly algorithm: 'ecdsa-p256' | 'ed25519';
  readonly header: string;
  readonly timestamp: TimestampRule & { readonly header: string };
  /** What is signed. `timestamp` is the validated text of its header. */
  readonly message: (request: ReceivedRequest, timestamp: string) => readonly (string | Uint8Array)[];
}

/** Family F's scheme, plus signing at a timestamp of the caller's choice for hostile cases. */
export interface AsymmetricScheme extends Scheme {
  signAt(request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest;
  readonly secretFlaw: SecretForm;
}

export function asymmetricHeader(config: AsymmetricHeader): AsymmetricScheme {
  const { algorithm, header, timestamp: rule } = config;

  const signAt = (request: ReceivedRequest, secret: Secret, timestamp: string): ReceivedRequest => {
    const stamped = withHeader(request, rule.header, timestamp);
    const signature = signatureOf(algorithm, secret, config.message(stamped, timestamp));
    return withHeader(stamped, header, signature.toString('base64'));
  };

  return {
    coverage: {
      credentialHeaders: [header, rule.header],
      body: 'all',
      url: false,
      timestamp: { toleranceMs: rule.toleranceMs },
    },
    secretFlaw: (value) =>
      readPublicKey(value, algorithm) === undefined
        ? `is not a public key for ${algorithm}, in base64 or PEM`
        : undefined,
    signAt,
    sign: (request, secret, nowMs) => signAt(request, secret, writeTimestamp(nowMs, rule.unit)),
    verify: (request, secrets, nowMs): Verdict => {
      const signature = readSignature(request, header);
      if ('accepted' in signature) return signature;
      const stamp = readStamp(request, rule.header);
      if ('accepted' in stamp) return stamp;
      const keys = liveSecrets(secrets, nowMs).map(({ index, secret }) => ({
        index,
        key: publicKeyOf(secret, algorithm),
      }));
      if (keys.every(({ key }) => key === undefined)) {
        return rejected('unknown_key', `no secret of this source is a public key for ${algorithm}, in base64 or PEM`);
      }
      const parts = config.message(request, stamp.text);
      // Ed25519 reads its message twice, so there it has to be in one piece; for all keys the same one.
      const message = algorithm === 'ed25519' ? [joined(parts)] : parts;
      // Every key is asked, whichever of them fits.
      const fitting = keys.filter(
        ({ key }) => key !== undefined && isSignedBy(algorithm, key, { message, signature: signature.bytes }),
      );
      const [match] = fitting;
      if (match === undefined) return signatureVerdict(undefined, header);
      return staleness(stamp.time, nowMs, rule) ?? accepted(match.index);
    },
  };
}

/** One spelling only: base64 decoders skip blanks and spare bits, so a changed character could pass. */
function readSignature(request: ReceivedRequest, header: string): { readonly bytes: Buffer } | Rejected {
  const credential = credentialOf(request, header);
  if ('accepted' in credential) return credential;
  const bytes = decodeBase64(credential.value);
  if (bytes !== undefined) return { bytes };
  return rejected('malformed_header', `the ${header} header is not plain base64`);
}

function readStamp(
  request: ReceivedRequest,
  header: string,
): { readonly text: string; readonly time: number } | Rejected {
  const credential = credentialOf(request, header);
  if ('accepted' in credential) return credential;
  const time = readTimestamp(credential.value);
  if (time === undefined) return rejected('malformed_header', `the ${header} header is not a plain decimal number`);
  return { text: credential.value, time };
}

type Algorithm = AsymmetricHeader['algorithm'];
type Message = readonly (string | Uint8Array)[];

function isSignedBy(
  algorithm: Algorithm,
  key: KeyObject,
  proof: { readonly message: Message; readonly signature: Buffer },
): boolean {
  if (algorithm === 'ed25519') return verify(null, onePiece(proof.message), key, proof.signature);
  const verifier = createVerify('sha256');
  for (const part of proof.message) verifier.update(part);
  return verifier.verify(key, proof.signature);
}

function signatureOf(algorithm: Algorithm, secret: Secret, message: Message): Buffer {
  const key = tryParse(() => createPrivateKey({ key: derOf(secret.reveal()), format: 'der', type: 'pkcs8' }));
  // What cannot be signed (with a public key, say) gets an empty signature: verify refuses it, as it should.
  if (key === undefined) return Buffer.alloc(0);
  if (algorithm === 'ed25519') return sign(null, joined(message), key);
  const signer = createSign('sha256');
  for (const part of message) signer.update(part);
  return signer.sign(key);
}

function onePiece(message: Message): Uint8Array {
  const [only, ...others] = message;
  return only instanceof Uint8Array && others.length === 0 ? only : joined(message);
}

function joined(message: Message): Buffer {
  return Buffer.concat(message.map((part) => Buffer.from(part)));
}

/** Parsing a key costs more than a verification, and a source keeps its secrets. */
const publicKeys = new WeakMap<Secret, { readonly key: KeyObject | undefined }>();

/** The public key in a secret, or the one that belongs to the private key in it; undefined where there is none. */
function publicKeyOf(secret: Secret, algorithm: Algorithm): KeyObject | undefined {
  const known = publicKeys.get(secret);
  if (known !== undefined) return known.key;
  const key = readPublicKey(secret.reveal(), algorithm);
  publicKeys.set(secret, { key });
  return key;
}

function readPublicKey(text: string, algorithm: Algorithm): KeyObject | undefined {
  const der = derOf(text);
  const key =
    tryParse(() => createPublicKey({ key: der, format: 'der', type: 'spki' })) ??
    publicPartOf(tryParse(() => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })));
  if (key === undefined) return undefined;
  if (algorithm === 'ed25519') return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
}

/** The DER bytes in base64 or PEM; 32 bytes alone are a bare Ed25519 key, as Telnyx's portal shows it. */
function derOf(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return bytes.length === ed25519KeyBytes ? ed25519PublicDer(bytes) : bytes;
}

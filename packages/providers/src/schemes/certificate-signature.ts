import { createPrivateKey, createSign, createVerify, type KeyObject, X509Certificate } from 'node:crypto';

import type { SignatureCoverage } from '../contract/coverage.ts';
import type { KeyMaterialNeed } from '../contract/provider.ts';
import { headerOf, type ReceivedRequest, withHeader } from '../contract/request.ts';
import { liveSecrets, type Secret } from '../contract/secret.ts';
import type { SourceSettings } from '../contract/settings.ts';
import { accepted, type Rejected, rejected, type Verdict } from '../contract/verdict.ts';
import { decodeBase64, tryParse } from './keys.ts';
import { credentialOf, signatureVerdict } from './scheme.ts';

/**
 * Family F, with a certificate that the request names by URL (PayPal): RSA with SHA-256, the signature in base64 in a
 * header. Nothing is fetched here; see ProviderDefinition.keyMaterial.
 *
 * A certificate is trusted for where it came from (an https URL on a pinned host), and has to be in force and to bear
 * the name its provider signs under. Its chain is not checked again: the connection it came over was.
 */
export interface CertificateSignature {
  readonly header: string;
  readonly urlHeader: string;
  readonly algorithmHeader: string;
  /** The one that counts. Any other is refused, whatever it says. */
  readonly algorithm: string;
  /** Whole URLs of certificates that may be fetched and counted. */
  readonly pinned: RegExp;
  /** The common name of the signer. */
  readonly commonName: RegExp;
  readonly maxCertificateBytes: number;
  /** Headers whose values are signed, in the order `message` wants them. */
  readonly signedHeaders: readonly string[];
  readonly message: (values: readonly string[], identifier: string, body: Uint8Array) => string;
  /** The URL that samples name. Nothing is there to be fetched: the certificate is in the secret. */
  readonly sampleUrl: string;
  /** How much of the body `message` covers, and what it does not. */
  readonly covers: Pick<SignatureCoverage, 'body' | 'notProven'>;
}

type KeySettings = Pick<SourceSettings, 'secrets' | 'keyMaterial'>;

export interface CertificateScheme {
  readonly coverage: SignatureCoverage;
  needs(request: ReceivedRequest): readonly KeyMaterialNeed[];
  verify(request: ReceivedRequest, settings: KeySettings, nowMs: number): Verdict;
  /** `request` with its signed headers set. */
  sign(request: ReceivedRequest, secret: Secret): ReceivedRequest;
}

export function certificateSignature(config: CertificateSignature): CertificateScheme {
  return {
    coverage: {
      credentialHeaders: [config.header, ...config.signedHeaders, config.urlHeader, config.algorithmHeader],
      url: false,
      ...config.covers,
    },
    needs: (request) => {
      const header = headerOf(request, config.urlHeader);
      const url = header.kind === 'one' ? header.value : '';
      const fetchable = config.pinned.test(url) && url !== config.sampleUrl;
      return fetchable ? [{ url, maxBytes: config.maxCertificateBytes }] : [];
    },
    verify: (request, settings, nowMs) => verifyWith(config, { request, settings, nowMs }),
    sign: (request, secret) => {
      const { identifier, key } = partsOf(secret);
      const values = config.signedHeaders.map((name) => valueOf(request, name));
      const signer = createSign('sha256').update(config.message(values, identifier, request.body));
      // A secret without a key cannot sign. What is made then is refused, as it should be.
      const signature = key === undefined ? Buffer.alloc(256) : signer.sign(key);
      const named = withHeader(request, config.urlHeader, config.sampleUrl);
      const described = withHeader(named, config.algorithmHeader, config.algorithm);
      return withHeader(described, config.header, signature.toString('base64'));
    },
  };
}

interface Attempt {
  readonly request: ReceivedRequest;
  readonly settings: KeySettings;
  readonly nowMs: number;
}

function verifyWith(config: CertificateSignature, attempt: Attempt): Verdict {
  const { request, settings, nowMs } = attempt;
  const proof = readProof(request, config);
  if ('accepted' in proof) return proof;
  const fetched = settings.keyMaterial?.get(proof.url);
  const candidates = liveSecrets(settings.secrets, nowMs).map(({ index, secret }) => {
    const { identifier, certificate } = partsOf(secret);
    const own = proof.url === config.sampleUrl ? certificate : undefined;
    const signer = own ?? (fetched === undefined ? undefined : signerIn(fetched, config));
    return { index, identifier, signer };
  });
  const flaws = candidates.map(({ signer }) => flawOf(signer, nowMs));
  // Every secret is asked, whichever of them fits.
  const fitting = candidates.filter(({ identifier, signer }, at) => {
    if (signer === undefined || flaws[at] !== undefined) return false;
    const message = config.message(proof.values, identifier, request.body);
    return createVerify('sha256').update(message).verify(signer.publicKey, proof.signature);
  });
  const [match] = fitting;
  if (match !== undefined) return accepted(match.index);
  const [flaw] = flaws;
  const unusable = flaws.every((found) => found !== undefined);
  if (unusable) return rejected('unknown_key', `the certificate in ${config.urlHeader} ${flaw ?? 'is of no secret'}`);
  return signatureVerdict(undefined, config.header);
}

interface Proof {
  readonly url: string;
  readonly signature: Buffer;
  readonly values: readonly string[];
}

function readProof(request: ReceivedRequest, config: CertificateSignature): Proof | Rejected {
  const values: string[] = [];
  for (const name of config.signedHeaders) {
    const value = credentialOf(request, name);
    if ('accepted' in value) return value;
    values.push(value.value);
  }
  const url = credentialOf(request, config.urlHeader);
  if ('accepted' in url) return url;
  const algorithm = credentialOf(request, config.algorithmHeader);
  if ('accepted' in algorithm) return algorithm;
  const signature = credentialOf(request, config.header);
  if ('accepted' in signature) return signature;
  if (algorithm.value !== config.algorithm) {
    return rejected('unsupported_version', `${config.algorithmHeader} is not ${config.algorithm}; no other counts`);
  }
  if (!config.pinned.test(url.value)) {
    return rejected(
      'unknown_key',
      `${config.urlHeader} is not the address of a certificate on the provider's own host`,
    );
  }
  const bytes = decodeBase64(signature.value);
  if (bytes === undefined) {
    return rejected('malformed_header', `the ${config.header} header is not plain base64`);
  }
  return { url: url.value, signature: bytes, values };
}

/** Why a certificate does not count now; undefined for one that does. */
function flawOf(signer: X509Certificate | undefined, nowMs: number): string | undefined {
  if (signer === undefined) return 'was not fetched, or is no certificate of the provider';
  if (nowMs < signer.validFromDate.getTime()) return 'is not in force yet';
  if (nowMs > signer.validToDate.getTime()) return 'has expired';
  const { asymmetricKeyType, asymmetricKeyDetails } = signer.publicKey;
  const isStrong = asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048;
  return isStrong ? undefined : 'has no RSA key of 2,048 bits or more';
}

function commonNameOf(certificate: X509Certificate): string {
  const names = certificate.subject.split('\n').filter((line) => line.startsWith('CN='));
  return names.length === 1 ? (names[0] ?? '').slice('CN='.length) : '';
}

/** The same bytes are parsed once: they stay in the cache of who fetched them. */
const signers = new WeakMap<Uint8Array, { readonly signer: X509Certificate | undefined }>();

/** A chain is a few certificates; more is no chain. */
const maxChainLength = 8;

/** The signer's certificate in a PEM text, which may carry those above it as well. */
function signerIn(pem: Uint8Array, config: CertificateSignature): X509Certificate | undefined {
  const known = signers.get(pem);
  if (known !== undefined) return known.signer;
  const all = pem.length > config.maxCertificateBytes ? [] : certificatesIn(Buffer.from(pem).toString('latin1'));
  const signer = all.find((certificate) => config.commonName.test(commonNameOf(certificate)));
  signers.set(pem, { signer });
  return signer;
}

function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.slice(0, maxChainLength).flatMap((block) => {
    const certificate = tryParse(() => new X509Certificate(block));
    return certificate === undefined ? [] : [certificate];
  });
}

interface SecretParts {
  readonly identifier: string;
  readonly key: KeyObject | undefined;
  readonly certificate: X509Certificate | undefined;
}

const parts = new WeakMap<Secret, SecretParts>();

/**
 * A secret is the identifier that is signed; one for samples goes on with a private key and its certificate, in PEM.
 * Only samples, which name `sampleUrl`, are verified with that certificate.
 */
function partsOf(secret: Secret): SecretParts {
  const known = parts.get(secret);
  if (known !== undefined) return known;
  const text = secret.reveal();
  const pemAt = text.indexOf('-----BEGIN');
  const identifier = (pemAt === -1 ? text : text.slice(0, pemAt)).trim();
  const keyPem = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(text)?.[0];
  const found: SecretParts = {
    identifier,
    key: keyPem === undefined ? undefined : tryParse(() => createPrivateKey(keyPem)),
    certificate: certificatesIn(text)[0],
  };
  parts.set(secret, found);
  return found;
}

function valueOf(request: ReceivedRequest, name: string): string {
  const header = headerOf(request, name);
  return header.kind === 'one' ? header.value : '';
}

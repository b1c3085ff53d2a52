import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/**
 * A self-made certificate, for samples and tests of providers that sign with one. RFC 5280, version 1: a name, a time
 * from 2020 to 2049, an RSA key, and a signature by itself. Node can read certificates but not make them.
 */
export interface SampleCertificate {
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** PEM. */
  readonly certificate: string;
}

export function makeSampleCertificate(commonName: string, choices: SampleChoices = {}): SampleCertificate {
  const { validity = wholeTime, modulusLength = 2_048 } = choices;
  const privateKey =
    choices.privateKey === undefined
      ? generateKeyPairSync('rsa', { modulusLength }).privateKey
      : createPrivateKey(choices.privateKey);
  const der = certificateOf({ commonName, privateKey, publicKey: createPublicKey(privateKey), validity });
  return {
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificate: pemOf('CERTIFICATE', der),
  };
}

/** What a test of refusals chooses otherwise. */
export interface SampleChoices {
  readonly validity?: Validity;
  readonly modulusLength?: number;
  /** One that is there already, in PEM: making one takes longer than all else in a test. */
  readonly privateKey?: string;
}

/** UTCTime, `YYMMDDhhmmssZ`: years to 49 are of this century. */
export interface Validity {
  readonly from: string;
  readonly to: string;
}

const wholeTime: Validity = { from: '200101000000Z', to: '491231235959Z' };

interface CertificateParts {
  readonly commonName: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly validity: Validity;
}

function certificateOf({ commonName, privateKey, publicKey, validity }: CertificateParts): Buffer {
  const name = sequence(set(sequence(oidCommonName, tagged(tag.utf8String, Buffer.from(commonName, 'utf8')))));
  const body = sequence(
    tagged(tag.integer, Buffer.from([1])), // serial number
    sha256WithRsa,
    name, // issuer
    sequence(tagged(tag.utcTime, Buffer.from(validity.from)), tagged(tag.utcTime, Buffer.from(validity.to))),
    name, // subject
    publicKey.export({ format: 'der', type: 'spki' }),
  );
  const signature = sign('sha256', body, privateKey);
  return sequence(body, sha256WithRsa, tagged(tag.bitString, Buffer.concat([Buffer.from([0]), signature])));
}

const tag = { integer: 0x02, bitString: 0x03, oid: 0x06, utf8String: 0x0c, utcTime: 0x17, sequence: 0x30, set: 0x31 };

/** DER: tag, length in as few bytes as possible, content. */
function tagged(kind: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([kind, length]), content]);
  const digits = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([kind, 0x80 + digits.length]), digits, content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(tag.sequence, Buffer.concat(parts));
}

function set(part: Buffer): Buffer {
  return tagged(tag.set, part);
}

/** 2.5.4.3 */
const oidCommonName = tagged(tag.oid, Buffer.from('550403', 'hex'));
/** 1.2.840.113549.1.1.11, with its NULL. */
const sha256WithRsa = sequence(tagged(tag.oid, Buffer.from('2a864886f70d01010b', 'hex')), Buffer.from([0x05, 0x00]));

function pemOf(label: string, der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

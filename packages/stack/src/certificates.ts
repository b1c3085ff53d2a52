/**
 * An authority of our own for servers of this machine, written out in DER (X.509, RFC 5280): Node can sign, and has no
 * function that makes a certificate; openssl is not on every machine, and keytool starts a JVM for each step.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

import { bitString, identifier, integer, sequence, tagged, time } from './der.ts';

export interface Certificate {
  /** PEM: its own, without the authority's. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

export interface CertificateAuthority {
  /** PEM: what a client has to believe. */
  readonly certificate: string;
  /** For a server under these names and IPv4 addresses; for a client, which has none, `name` is who it is. */
  issue(name: string, hosts?: readonly string[]): Certificate;
}

export interface AuthorityOptions {
  /** From now on; a certificate that is over when it is made takes a negative number. */
  readonly validDays?: number;
}

const dayMs = 86_400_000;
/** Servers of one machine whose clocks agree, but for a moment. */
const clockMarginMs = 3_600_000;

/** A new one each time: its key is never written anywhere. */
export function createAuthority(name: string, { validDays = 365 }: AuthorityOptions = {}): CertificateAuthority {
  const keys = newKeys();
  const issued = (subject: string, publicKey: KeyObject, extensions: readonly Buffer[]): string => {
    const text = sequence(
      tagged(0xa0, integer(Buffer.from([2]))), // version 3
      integer(randomBytes(16)),
      ecdsaWithSha256,
      nameOf(name),
      sequence(time(Date.now() - clockMarginMs + Math.min(validDays, 0) * dayMs), time(Date.now() + validDays * dayMs)),
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      // Of who has signed: two authorities of one name are told apart by it.
      tagged(0xa3, sequence(...extensions, extension('551d23', sequence(tagged(0x80, digestOf(keys.publicKey)))))),
    );
    const signature = sign('sha256', text, keys.privateKey);
    return pem('CERTIFICATE', sequence(text, ecdsaWithSha256, bitString(signature)));
  };
  return {
    certificate: issued(name, keys.publicKey, [
      extension('551d13', sequence(boolean), 'critical'), // basic constraints: an authority
      extension('551d0f', bitString(Buffer.from([0x06]), 1), 'critical'), // key usage: signs certificates and their lists
      extension('551d0e', tagged(0x04, digestOf(keys.publicKey))), // subject key identifier
    ]),
    issue(subject, hosts = []) {
      const own = newKeys();
      const names = hosts.map((host) =>
        isIPv4(host)
          ? tagged(0x87, Buffer.from(host.split('.').map(Number)))
          : tagged(0x82, Buffer.from(host, 'ascii')),
      );
      return {
        certificate: issued(subject, own.publicKey, [
          extension('551d0f', bitString(Buffer.from([0x80]), 7), 'critical'), // key usage: signs a handshake
          ...(names.length === 0 ? [] : [extension('551d11', sequence(...names))]),
        ]),
        key: String(own.privateKey.export({ type: 'pkcs8', format: 'pem' })),
      };
    },
  };
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/** Object identifiers in their encoded form, as hex digits. */
const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
const boolean = tagged(0x01, Buffer.from([0xff]));

function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(identifier('550403'), tagged(0x0c, Buffer.from(commonName, 'utf8')))));
}

function extension(id: string, value: Buffer, isCritical?: 'critical'): Buffer {
  return sequence(identifier(id), ...(isCritical === undefined ? [] : [boolean]), tagged(0x04, value));
}

/** What a key is called in certificates. */
function digestOf(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

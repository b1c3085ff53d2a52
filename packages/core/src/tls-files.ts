import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';

import { messageOf, TrunklineError } from './errors.ts';

/** Whom a client believes and who it is, as PEM files. Without a CA it believes those that Node comes with. */
export interface TlsFiles {
  /** The certificates of authorities, one or several. */
  readonly caFile: string | undefined;
  /** The client's own certificate and those between it and its authority; together with `keyFile`. */
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** What each connection that is opened is secured with. */
export interface TlsContext {
  /**
   * The files as they are now: whoever rotates them restarts nobody. Files that do not belong together (the new
   * certificate and the old key, half a file) count only once they do; until then the last ones that did are kept.
   * Throws `config_invalid`, naming the files, where none ever did.
   */
  current(): SecureContext;
}

/** Files that are read at each connection; a few kilobytes, so nobody waits for it. */
export function createTlsContext(files: TlsFiles, onKept: (reason: string) => void = () => undefined): TlsContext {
  let last: { readonly text: string; readonly context: SecureContext } | undefined;
  return {
    current() {
      try {
        const pems = { ca: read(files.caFile), cert: read(files.certFile), key: read(files.keyFile) };
        const text = JSON.stringify(pems);
        if (last?.text !== text) {
          // The context takes anything for an authority, and then believes nobody.
          if (pems.ca !== undefined) new X509Certificate(pems.ca);
          last = { text, context: createSecureContext(given(pems)) };
        }
        return last.context;
      } catch (cause) {
        const reason = `${namesOf(files)} cannot be used: ${messageOf(cause)}`;
        if (last === undefined) throw new TrunklineError('config_invalid', reason, { cause });
        onKept(reason);
        return last.context;
      }
    },
  };
}

function read(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readFileSync(file, 'utf8');
}

/** An authority that is given as undefined would be taken for none at all by some releases of Node. */
function given(pems: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(pems).flatMap(([name, pem]) => (pem === undefined ? [] : [[name, pem]])));
}

function namesOf({ caFile, certFile, keyFile }: TlsFiles): string {
  return [caFile, certFile, keyFile].filter((file) => file !== undefined).join(', ');
}

/**
 * Whether a connection ended because the two sides do not believe each other, or do not both speak TLS: told by the names
 * of OpenSSL and Node, https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
export function isTlsError(code: string): boolean {
  return /^(?:CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_|ERR_SSL_|EPROTO)/.test(
    code,
  );
}

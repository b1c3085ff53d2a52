import { foreignCode } from '@trunkline/core';

import { DestinationDenied } from './connector.ts';
import type { DialFailureReason } from './outcome.ts';

/** Why the request was not begun. */
export function reasonOfConnecting(error: unknown): DialFailureReason {
  const code = foreignCode(error) ?? '';
  if (error instanceof DestinationDenied) return 'denied';
  if (code === 'TRUNKLINE_UNRESOLVED') return 'unresolved';
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return 'malformed';
  // Our own certificate or key cannot be read, or do not belong together.
  if (code.startsWith('ERR_OSSL_')) return 'malformed';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'connect_timeout';
  return isTls(code) ? 'tls' : 'refused';
}

/** Why there was no answer on a connection. */
export function reasonOfAnswering(error: unknown): DialFailureReason {
  const code = foreignCode(error) ?? '';
  // The parser's errors have a code of their own for most mistakes, and none for some.
  if ((error instanceof Error && error.name === 'HTTPParserError') || code === 'UND_ERR_HEADERS_OVERFLOW')
    return 'protocol';
  return 'reset';
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes, and the codes of OpenSSL and of Node around them. */
function isTls(code: string): boolean {
  return (
    /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code) ||
    ['EPROTO', 'HOSTNAME_MISMATCH', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED'].includes(code)
  );
}

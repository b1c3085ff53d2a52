import { type ErrorCode, foreignCode, messageOf, TrunklineError } from './errors.ts';

/**
 * Turns anything that was thrown into a TrunklineError. This is the only place that looks at foreign errors.
 *
 * Postgres: SQLSTATE classes, https://www.postgresql.org/docs/18/errcodes-appendix.html.
 */
export function classify(thrown: unknown): TrunklineError {
  if (thrown instanceof TrunklineError) return thrown;
  const code = codeOf(thrown);
  return new TrunklineError(code, messageOf(thrown), { cause: thrown });
}

const connectionErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // a Unix socket that is not there
]);

const dependencySqlStates = new Set([
  '53100', // disk full
  '53200', // out of memory
  '53300', // too many connections
  '57014', // query canceled: the statement timeout
  '55P03', // lock not available: the lock timeout
  '25006', // read-only transaction: a failover left us on a standby
]);

function codeOf(thrown: unknown): ErrorCode {
  const foreign = foreignCode(thrown);
  if (foreign !== undefined) {
    if (connectionErrors.has(foreign)) return 'dependency_unavailable';
    if (foreign === '40001' || foreign === '40P01') return 'conflict';
    if (/^[0-9A-Z]{5}$/.test(foreign)) {
      if (foreign.startsWith('08') || foreign.startsWith('57P0')) return 'dependency_unavailable';
      if (dependencySqlStates.has(foreign)) return 'dependency_unavailable';
      if (foreign.startsWith('23')) return 'constraint_violated';
    }
  }
  // pg reports a lost connection and an exhausted pool with a bare Error that has no code.
  if (thrown instanceof Error && pgConnectionMessages.some((text) => thrown.message.includes(text))) {
    return 'dependency_unavailable';
  }
  return 'unknown';
}

const pgConnectionMessages = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Query read timeout', // our own limit on an answer, for a server that is frozen and cannot time the statement out itself
];

import { type ErrorCode, foreignCode, isTlsError, messageOf, TrunklineError } from '@trunkline/core';
import { DatabaseError } from 'pg';

/**
 * What the driver throws, as an error of ours. The only place that looks at the codes of Postgres and of its
 * connection: here alone they mean what they say, because here alone it is known that they come from there.
 */
export function driverError(thrown: unknown): TrunklineError {
  if (thrown instanceof TrunklineError) return thrown;
  return new TrunklineError(codeOf(thrown), messageOf(thrown), { cause: thrown });
}

/**
 * The same for what the pool or the driver said when it lost a connection: an outage, whatever ended it, unless the
 * server gave a reason that means something else.
 */
export function lostConnection(thrown: unknown): TrunklineError {
  const error = driverError(thrown);
  if (error.code !== 'unknown') return error;
  return new TrunklineError('dependency_unavailable', `the connection to Postgres was lost: ${error.message}`, {
    cause: thrown,
  });
}

/** https://www.postgresql.org/docs/18/errcodes-appendix.html: a whole code, or the beginning of a class. */
export const sqlStates: readonly (readonly [beginning: string, code: ErrorCode])[] = [
  ['08', 'dependency_unavailable'], // connection exceptions
  ['23', 'constraint_violated'],
  ['25006', 'dependency_unavailable'], // read-only transaction: a failover left us on a standby
  ['25P03', 'handler_timeout'], // the session stood idle inside its transaction
  ['25P04', 'handler_timeout'], // the transaction took longer than the server allows
  ['40001', 'conflict'], // serialization failure
  ['40P01', 'conflict'], // deadlock
  ['53400', 'unknown'], // a limit on one statement, such as temp_file_limit: the same next time
  ['53', 'dependency_unavailable'], // disk full, out of memory, too many connections
  ['55P03', 'dependency_unavailable'], // lock not available: the lock timeout
  ['57014', 'dependency_unavailable'], // query canceled: the statement timeout
  ['57P0', 'dependency_unavailable'], // shutting down, crashed, starting up, database dropped
  ['58', 'dependency_unavailable'], // errors of the server's own system: input and output
];

/** Of the socket, as Node names them. */
export const connectionErrors: readonly string[] = [
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
  'ERR_STREAM_PREMATURE_CLOSE', // a COPY whose connection went
];

/** pg reports a lost connection and an exhausted pool with a bare Error that has no code. */
export const connectionMessages: readonly string[] = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'The server does not support SSL connections', // sslmode asks for it
  'Query read timeout', // our own limit on an answer, for a server that is frozen and cannot time the statement out itself
];

function codeOf(thrown: unknown): ErrorCode {
  const code = foreignCode(thrown) ?? '';
  if (thrown instanceof DatabaseError) {
    if (isOfAnotherConnection(thrown)) return 'unknown';
    return sqlStates.find(([beginning]) => code.startsWith(beginning))?.[1] ?? 'unknown';
  }
  if (connectionErrors.includes(code) || isTlsError(code)) return 'dependency_unavailable';
  const isLost = thrown instanceof Error && connectionMessages.some((text) => thrown.message.includes(text));
  return isLost ? 'dependency_unavailable' : 'unknown';
}

/**
 * A connection exception that leaves the session as it was is not about our connection: a statement with the wrong number
 * of values (08P01), a foreign server that is away. Waiting for Postgres would wait for ever.
 */
function isOfAnotherConnection({ code, severity }: DatabaseError): boolean {
  return code?.startsWith('08') === true && severity === 'ERROR';
}

import { foreignCode, TrunklineError } from '@trunkline/core';

/**
 * True when the failure is a statement or lock that ran out of time while the server was up. It is a
 * dependency_unavailable like the others, but a probe cannot tell whether it will happen again: one slow record looks
 * the same as a slow server, and waiting for the server would then wait for ever.
 */
export function isStatementTimeout(error: unknown): boolean {
  return stateOf(error) !== undefined;
}

/** True when it waited for a lock that somebody else holds: it did nothing that could be slow. */
export function isLockTimeout(error: unknown): boolean {
  return stateOf(error) === lockNotAvailable;
}

/** True when other transactions were in the way of each run of a transaction: a probe cannot tell about that either. */
export function isConflict(error: unknown): boolean {
  return error instanceof TrunklineError && error.cause instanceof TrunklineError && error.cause.code === 'conflict';
}

function stateOf(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < maxCauseDepth && current instanceof Error; depth += 1) {
    const code = foreignCode(current);
    if (code === queryCanceled || code === lockNotAvailable) return code;
    current = current.cause;
  }
  return undefined;
}

const maxCauseDepth = 8;
// https://www.postgresql.org/docs/18/errcodes-appendix.html
const queryCanceled = '57014';
const lockNotAvailable = '55P03';

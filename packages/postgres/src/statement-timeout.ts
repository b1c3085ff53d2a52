import { foreignCode, TrunklineError } from '@trunkline/core';

/**
 * True when the failure is a statement or lock that ran out of time while the server was up. It is a
 * dependency_unavailable like the others, but a probe cannot tell whether it will happen again: one slow record looks
 * the same as a slow server, and waiting for the server would then wait for ever.
 */
export function isStatementTimeout(error: unknown): boolean {
  return stateOf(error, [queryCanceled, lockNotAvailable]) !== undefined;
}

/** True when it waited for a lock that somebody else holds: it did nothing that could be slow. */
export function isLockTimeout(error: unknown): boolean {
  return stateOf(error, [queryCanceled, lockNotAvailable]) === lockNotAvailable;
}

/** True when a statement got no memory while the server was up: one that asks for too much looks as a server that is short of it. */
export function isOutOfMemory(error: unknown): boolean {
  return stateOf(error, [outOfMemory]) !== undefined;
}

/** True when other transactions were in the way of each run of a transaction: a probe cannot tell about that either. */
export function isConflict(error: unknown): boolean {
  return error instanceof TrunklineError && error.cause instanceof TrunklineError && error.cause.code === 'conflict';
}

/** The first of the states in the chain of causes. */
function stateOf(error: unknown, states: readonly string[]): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < maxCauseDepth && current instanceof Error; depth += 1) {
    const code = foreignCode(current);
    if (code !== undefined && states.includes(code)) return code;
    current = current.cause;
  }
  return undefined;
}

const maxCauseDepth = 8;
// https://www.postgresql.org/docs/18/errcodes-appendix.html
const queryCanceled = '57014';
const lockNotAvailable = '55P03';
const outOfMemory = '53200';

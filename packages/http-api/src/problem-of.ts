import { classify, type ErrorCode } from '@trunkline/core';

import { Problem, type ProblemCode } from './problems.ts';

/** What an error of ours is to a caller; every other one is our own trouble. */
const codes: Partial<Record<ErrorCode, ProblemCode>> = {
  // Operations that people use by the command line, too, say so of what they were given.
  config_invalid: 'invalid',
  conflict: 'conflict',
  dependency_unavailable: 'unavailable',
  handler_timeout: 'unavailable',
  overloaded: 'unavailable',
};

/** The problem that a failure is told as. What it says of our own trouble is for the log. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const { code, message, cause } = classify(thrown);
  // As a transaction passes it on.
  if (cause instanceof Problem) return cause;
  switch (codes[code]) {
    case 'invalid':
      return new Problem('invalid', message, { cause: thrown });
    case 'conflict':
      return new Problem('conflict', 'another request is changing the same thing: try again', again(thrown));
    case 'unavailable':
      return new Problem('unavailable', 'the database does not answer in time: try again', again(thrown));
    default:
      return new Problem('internal', 'an unexpected failure, which is in our log under this request id', {
        cause: thrown,
      });
  }
}

function again(cause: unknown): { readonly headers: Readonly<Record<string, string>>; readonly cause: unknown } {
  return { headers: { 'retry-after': '1' }, cause };
}

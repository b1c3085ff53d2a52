import { messageOf, TrunklineError } from './errors.ts';

/**
 * Turns anything that was thrown into a TrunklineError. What is not one yet is `unknown`, whatever code it carries: a
 * refused connection is an outage to the package that owns the connection, which says so itself (packages/postgres for
 * the driver, packages/kafka for its client), and one failure of many to everybody else.
 */
export function classify(thrown: unknown): TrunklineError {
  if (thrown instanceof TrunklineError) return thrown;
  return new TrunklineError('unknown', messageOf(thrown), { cause: thrown });
}

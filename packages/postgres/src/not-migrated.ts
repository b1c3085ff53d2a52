import { classify, foreignCode, TrunklineError } from '@trunkline/core';

/** What a message about a database of another version ends with. */
export const migrateFix = 'bring it to the state of this version with: npx trunkline migrate';

/** No such table, column or schema, or no right to look into it. */
const notMigrated: ReadonlySet<string> = new Set(['42P01', '42703', '3F000', '42501']);

/** A failure that says that a table of ours is not there becomes `config_invalid` with that message; others stay. */
export function asNotMigrated(thrown: unknown, message: string): TrunklineError {
  const error = classify(thrown);
  if (!notMigrated.has(foreignCode(error.cause) ?? '')) return error;
  return new TrunklineError('config_invalid', message, { cause: error });
}

import { TrunklineError } from '@trunkline/core';

/**
 * A name that may stand in SQL text as it is. Names come from code and configuration, never from a record, and this
 * check keeps it so: Postgres has no parameters for names.
 */
export function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(name)) {
    throw new TrunklineError('config_invalid', `"${name}" is not a Postgres name: use a-z, 0-9 and _, at most 63`);
  }
  return name;
}

/** A text constant inside SQL that takes no parameters (ALTER ROLE, DO). */
export function literal(text: string): string {
  if (text.includes('\0')) throw new TrunklineError('config_invalid', 'a text constant contains a zero byte');
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/**
 * The part of a message that names the cause: of what Postgres refused the constraint and SQLSTATE,
 * `no_big_orders (23514)`, which consumers write behind its sentence.
 */
export function briefMessage(message: string): string {
  const [, code, names] = /\(([0-9A-Z]{5})\) \[([^\]]+)\]/.exec(message) ?? [];
  if (code === undefined || names === undefined) return message;
  const [, constraint] = /\bconstraint (\S+)/.exec(names) ?? [];
  const [, column] = /\bcolumn (\S+)/.exec(names) ?? [];
  const [, table] = /\btable (\S+)/.exec(names) ?? [];
  const name = constraint ?? [table, column].filter((part) => part !== undefined).join('.');
  return name === '' ? message : `${name} (${code})`;
}

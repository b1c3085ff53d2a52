/** A statement is named by its beginning; what comes later (values, a sub-select) says no more about it. */
const longestRead = 2_000;

/** The name of a span of a database: `insert payments.inbox`, `select payment`, `commit`. No value of the statement. */
export function statementName(text: string): string | undefined {
  const read = text.slice(0, longestRead);
  const written = /\b(insert\s+into|update|delete\s+from)\s+(?:only\s+)?([\w".]+)/i.exec(read);
  if (written !== null) return named(written[1], written[2]);
  const [, verb] = /^\s*([a-z]+)/i.exec(read) ?? [];
  const [, table] = /\bfrom\s+(?:only\s+)?([\w".]+)/i.exec(read) ?? [];
  return verb === undefined ? undefined : named(verb, table);
}

function named(verb = '', table: string | undefined): string {
  const [first = ''] = verb.toLowerCase().split(/\s/);
  return table === undefined ? first : `${first} ${table.replaceAll('"', '')}`;
}

import { createHash } from 'node:crypto';

/** Different statements that one process has named; each costs every connection some kilobytes of the server. */
const mostNames = 200;

/**
 * The name under which a text is prepared, so that Postgres parses it once for each connection and not at every batch.
 * Undefined for a text beyond the limit: it is parsed each time.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size === mostNames) return known;
    // Of the text: two processes behind one pooler must not give two texts one name.
    const name = `t_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    names.set(text, name);
    return name;
  };
}

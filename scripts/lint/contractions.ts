/**
 * Migrations that the version before would not survive: while one is applied, and after a rollback, processes of that version
 * still read and write the tables (docs/how-to/upgrade.md). Pure; `check-migrations.ts` hands it the files.
 */

export interface Contraction {
  /** From 1. */
  readonly line: number;
  /** Reads on after the place: "drops a column". */
  readonly what: string;
}

export interface ContractionQuestion {
  readonly sql: string;
  /** Of the release that the migration is part of: `0.3.0`. */
  readonly version: string;
}

/** What contracts in a migration without a mark that says since which release nobody uses it, or with one that does not hold. */
export function contractionsIn({ sql, version }: ContractionQuestion): readonly Contraction[] {
  const statements = statementsOf(sql);
  const made = new Set(statements.flatMap(({ text }) => captured(/^CREATE TABLE (?:IF NOT EXISTS )?([\w."]+)/i, text)));
  const replaced = new Set(statements.flatMap(({ text }) => captured(/DROP CONSTRAINT (?:IF EXISTS )?(\w+)/i, text)));
  return statements.flatMap((statement): readonly Contraction[] => {
    const { text, line, mark } = statement;
    const own = contractionOf(text, replaced);
    const [table] = captured(/^(?:ALTER TABLE|DROP TABLE) (?:IF EXISTS |ONLY )*([\w."]+)/i, text);
    const [indexed] = captured(/^CREATE UNIQUE INDEX .*? ON (?:ONLY )?([\w."]+)/i, text);
    const isNew = made.has(table ?? indexed ?? '');
    if (own === undefined || isNew) return [];
    if (mark === undefined) return [{ line, what: `${own}, and no "-- contract: <release>" stands above it` }];
    if (isBefore(mark, version)) return [];
    return [{ line, what: `${own}, and its mark names ${mark}, which is not before ${version}` }];
  });
}

/** The first thing in a statement that takes something away. */
function contractionOf(text: string, replaced: ReadonlySet<string>): string | undefined {
  const found = rules.find(({ pattern }) => pattern.test(text));
  if (found !== undefined) return found.what;
  if (!/^ALTER TABLE/i.test(text)) return undefined;
  if (actionsOf(text).some((action) => /^ADD COLUMN/i.test(action) && isRequired(action)))
    return 'adds a column that the version before leaves out';
  const added = captured(/ADD CONSTRAINT (\w+)/i, text).filter((name) => !replaced.has(name));
  return added.length > 0 ? 'adds a constraint that what the version before writes may not fit' : undefined;
}

const rules: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /^DROP (?:TABLE|VIEW|SCHEMA|FUNCTION|TYPE)\b/i, what: 'drops what the version before may use' },
  { pattern: /^TRUNCATE\b/i, what: 'empties a table' },
  { pattern: /^ALTER TABLE .*\bDROP COLUMN\b/i, what: 'drops a column' },
  { pattern: /^ALTER .*\bRENAME\b/i, what: 'renames what the version before knows by another name' },
  { pattern: /^ALTER TABLE .*\bALTER (?:COLUMN )?\w+ (?:SET DATA )?TYPE\b/i, what: 'changes the type of a column' },
  { pattern: /^ALTER TABLE .*\bSET NOT NULL\b/i, what: 'requires a column that the version before may leave out' },
  { pattern: /^ALTER TABLE .*\bDROP DEFAULT\b/i, what: 'takes away a default that the version before relies on' },
  { pattern: /^CREATE UNIQUE INDEX\b/i, what: 'makes unique what the version before may write twice' },
];

function isRequired(action: string): boolean {
  return /\bNOT NULL\b/i.test(action) && !/\b(?:DEFAULT|GENERATED)\b/i.test(action);
}

/** The parts of an ALTER TABLE; commas within parentheses are not between them. */
function actionsOf(text: string): readonly string[] {
  const actions: string[] = [];
  let depth = 0;
  let start = 0;
  const list = text.replace(/^ALTER TABLE (?:IF EXISTS |ONLY )*[\w."]+\s*/i, '');
  for (let at = 0; at <= list.length; at += 1) {
    const sign = list[at];
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (sign !== undefined && (sign !== ',' || depth > 0)) continue;
    actions.push(list.slice(start, at).trim());
    start = at + 1;
  }
  return actions;
}

interface Statement {
  /** On one line, without comments, and with nothing in its strings and function bodies. */
  readonly text: string;
  readonly line: number;
  /** The release that a `-- contract:` right above it names. */
  readonly mark: string | undefined;
}

function statementsOf(sql: string): readonly Statement[] {
  // What is blanked keeps its lines, so that places stay right. Bodies and strings first: they may hold `--` and `;`.
  const blank = (part: string): string => part.replaceAll(/[^\n]/g, ' ');
  const quiet = sql.replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'|--[^\n]*/g, (part) =>
    part.startsWith('--') && /^--\s*contract:/i.test(part) ? part.replaceAll(/[;']/g, ' ') : blank(part),
  );
  const statements: Statement[] = [];
  let line = 1;
  for (const part of quiet.split(';')) {
    const [, mark] = /--\s*contract:\s*(\d+\.\d+\.\d+)/i.exec(part) ?? [];
    const bare = part.replaceAll(/--[^\n]*/g, blank);
    const text = bare.replaceAll(/\s+/g, ' ').trim();
    const leading = /^\s*/.exec(bare)?.[0] ?? '';
    if (text !== '') statements.push({ text, line: line + leading.split('\n').length - 1, mark });
    line += part.split('\n').length - 1;
  }
  return statements;
}

function captured(pattern: RegExp, text: string): readonly string[] {
  return [...text.matchAll(new RegExp(pattern, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`))].map(
    ([, name = '']) => name,
  );
}

function isBefore(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) < 0;
}

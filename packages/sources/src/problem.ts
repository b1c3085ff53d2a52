/** One mistake of the file, or one thing about it that will not work as meant. */
export interface Problem {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Where in the document, `sources[0].provider`; empty for the document itself. */
  readonly path: string;
  /** What is wrong. Never a value that could be a secret. */
  readonly message: string;
  /** What to do about it; reads on after the message. */
  readonly fix: string;
}

/** A place in the document, as zod and the YAML tree name it. */
export type DocumentPath = readonly (string | number)[];

/** A problem before its line is looked up. */
export interface Finding {
  readonly path: DocumentPath;
  /** Whether the name of the setting is wrong, or what it is set to. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly fix: string;
}

/** One line per problem, in the form that terminals and editors make a link of. */
export function renderProblems(file: string, problems: readonly Problem[]): string {
  return problems.map((problem) => `${renderProblem(file, problem)}\n`).join('');
}

function renderProblem(file: string, { line, column, path, message, fix }: Problem): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}; ${fix}`;
}

/** `sources[0].options.modes[1]` */
export function renderPath(path: DocumentPath): string {
  return path.map((segment, index) => renderSegment(segment, index === 0)).join('');
}

function renderSegment(segment: string | number, first: boolean): string {
  if (typeof segment === 'number') return `[${segment}]`;
  if (!/^[\w-]{1,64}$/.test(segment)) return `[${quoted(segment)}]`;
  return first ? segment : `.${segment}`;
}

/** Longest piece of the file that a message repeats: one slip of a paste must not fill a terminal. */
const maxQuotedLength = 60;

/** A word of the file on one line, whatever characters it has. Only for names (keys, ids, providers), never for values. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > maxQuotedLength ? `${text.slice(0, maxQuotedLength)}…` : text);
}

import { type Problem, renderProblems } from './problem.ts';

/** How a followed file stands. */
export interface Followed {
  readonly file: string;
  /** Of an edit that is not in force. */
  readonly problems: readonly Problem[];
  /** Of what is in force. */
  readonly warnings: readonly Problem[];
}

/** Of a file of 3,000 entries that are all wrong, an operator reads no more. */
const mostToldProblems = 50;

/** For a health check: a file that was good once keeps a service ready, and what is wrong with it since is told. */
export function standingOf({ file, problems, warnings }: Followed): { readonly ok: true; readonly detail?: string } {
  const broken = firstOf(file, problems);
  if (broken !== undefined)
    return { ok: true, detail: `the last good state is in force; the file is broken: ${broken}` };
  const warning = firstOf(file, warnings);
  return warning === undefined ? { ok: true } : { ok: true, detail: `not all will work as meant: ${warning}` };
}

/** For a summary that operators read. */
export function flawsOf({ file, problems, warnings }: Followed): {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
} {
  return {
    problems: linesOf(file, problems.slice(0, mostToldProblems)),
    warnings: linesOf(file, warnings.slice(0, mostToldProblems)),
  };
}

/** One line a problem, as logs and summaries have them. */
export function linesOf(file: string, problems: readonly Problem[]): readonly string[] {
  return problems.map((problem) => renderProblems(file, [problem]).trimEnd());
}

function firstOf(file: string, problems: readonly Problem[]): string | undefined {
  const [first] = linesOf(file, problems.slice(0, 1));
  const more = problems.length - 1;
  return first === undefined || more === 0 ? first : `${first} (and ${more} more)`;
}

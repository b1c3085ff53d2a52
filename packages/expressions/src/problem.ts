import { TrunklineError } from '@trunkline/core';

/** A place in the text of a filter; both begin at 1, and columns are characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with the text of a filter: `config_invalid`, with the place and, where one is guessed, what was meant. */
export class FilterError extends TrunklineError {
  readonly place: Place;
  readonly suggestion: string | undefined;
  /** The type of events that the filter does not fit, where it is for several. */
  readonly type: string | undefined;
  readonly #problem: string;
  readonly #where: Where;

  constructor(problem: string, where: Where) {
    const { source, at, suggestion, type } = where;
    const place = placeOf(source, at);
    const of = type === undefined ? '' : ` (for ${type})`;
    const hint = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
    super('config_invalid', `filter, line ${place.line}, column ${place.column}: ${problem}${of}${hint}`);
    this.place = place;
    this.suggestion = suggestion;
    this.type = type;
    this.#problem = problem;
    this.#where = where;
  }

  /** The same, said of events of one type. */
  forType(type: string): FilterError {
    return new FilterError(this.#problem, { ...this.#where, type });
  }
}

interface Where {
  readonly source: string;
  /** Index of the text at which it is wrong. */
  readonly at: number;
  readonly suggestion?: string | undefined;
  readonly type?: string | undefined;
}

function placeOf(source: string, at: number): Place {
  const before = source.slice(0, at).split('\n');
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
}

/** The name most like it; undefined where none is alike. */
export function mostAlike(name: string, names: Iterable<string>): string | undefined {
  let found: string | undefined;
  // A third of the letters may differ, of a short name one.
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const differ = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (differ < least) [found, least] = [candidate, differ];
  }
  return found;
}

/** Letters to be changed, put in or left out (Levenshtein). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

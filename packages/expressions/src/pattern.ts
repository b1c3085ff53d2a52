import { RE2JS } from 're2js';

import { filterLimits } from './limits.ts';

/** A regular expression whose time grows with the text and never faster: there is no going back in it (RE2). */
export interface Pattern {
  test(text: string): boolean;
  /** Steps of looking through a text: each character may meet each instruction, four of them a step. */
  costOf(text: string): number;
}

/** Undefined, or what is wrong with it. Look-around and back-references are, as RE2 says. */
export function readPattern(text: string): Pattern | string {
  const compiled = compile(text);
  if (typeof compiled === 'string') return compiled;
  const size = compiled.programSize();
  if (size > filterLimits.patternSize)
    return `a regular expression has at most ${filterLimits.patternSize} instructions, and this one ${size}`;
  return {
    test: (given) => compiled.test(given),
    costOf: (given) => 1 + Math.ceil((given.length * size) / 4),
  };
}

function compile(text: string): RE2JS | string {
  try {
    return RE2JS.compile(text);
  } catch (cause) {
    return cause instanceof Error ? cause.message : 'this is no regular expression';
  }
}

import { bodyLimits } from '../limits.ts';
import { Problem } from '../problems.ts';
import { isKeepable } from '../text.ts';

/**
 * `JSON.parse`, but for texts that two readers understand differently: an object that names a member twice is refused, and so
 * is what is nested deeper than any body of ours, and what holds a text that no table takes. Throws `request_malformed`, never
 * with the text.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Its message quotes the text.
    throw new Problem('request_malformed', 'the body is not JSON');
  }
  requirePlain(text);
  return value;
}

/** Of a text that is known to be JSON: outside of strings only brackets, commas and colons have to be looked at. */
function requirePlain(text: string): void {
  /** The names of each open object; of a list, undefined. */
  const open: (Set<string> | undefined)[] = [];
  let isName = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = endOfString(text, at);
      const literal = text.slice(at, end + 1);
      requireKeepable(literal);
      if (isName) addName(open.at(-1), literal);
      at = end;
    }
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      if (open.length > bodyLimits.depth)
        throw new Problem('request_malformed', `the body is nested deeper than ${bodyLimits.depth}`);
    }
    if (character === '}' || character === ']') open.pop();
    // A name comes first in an object, and after each comma of one.
    isName = character === '{' || (character === ',' && open.at(-1) !== undefined) || (isName && isBlank(character));
  }
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t';
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Of a text that was UTF-8: only what is written as an escape may be no text. */
function requireKeepable(literal: string): void {
  if (!literal.includes(String.raw`\u`)) return;
  const written = JSON.parse(literal) as string; // a string of a text that was read
  if (!isKeepable(written))
    throw new Problem('request_malformed', 'the body has a text with a zero byte or half a character');
}

function addName(names: Set<string> | undefined, literal: string): void {
  // A string of a text that was read: `"\u0061"` and `"a"` are one name.
  const name = JSON.parse(literal) as string;
  if (names?.has(name) === true) throw new Problem('request_malformed', 'the body names a member twice');
  names?.add(name);
}

/** The words of a command line as a POSIX shell splits it, as far as people paste it: quotes, escapes, $'…', continuations. */
export function shellWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const found = pieces
      .map(([pattern, read]) => ({ match: pattern.exec(rest), read }))
      .find(({ match }) => match !== null);
    const match = found?.match;
    if (found === undefined || match === undefined || match === null) break;
    const piece = found.read(match);
    if (piece === undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      // A command ends with its line.
      if (/^[\n;|&]/.test(match[0])) break;
    } else word = (word ?? '') + piece;
    at += match[0].length;
  }
  return word === undefined ? words : [...words, word];
}

/** Each at the start of what is left: its text, or undefined for what ends a word. The first that fits counts. */
const pieces: readonly (readonly [pattern: RegExp, read: (match: RegExpExecArray) => string | undefined])[] = [
  [/^\\\r?\n/, () => ''],
  [/^[ \t\r]+|^[\n;|&]/, () => undefined],
  [/^\$'((?:[^'\\]|\\[\s\S])*)'/, (match) => ansi(match[1] ?? '')],
  [/^'([^']*)'/, (match) => match[1] ?? ''],
  [
    /^"((?:[^"\\]|\\[\s\S])*)"/,
    (match) => (match[1] ?? '').replaceAll(/\\(["\\$`\n])/g, (_, escaped: string) => (escaped === '\n' ? '' : escaped)),
  ],
  [/^\\([\s\S])/, (match) => match[1] ?? ''],
  [/^[^\s'"\\;|&]+/, (match) => match[0]],
  // A quote that never ends: the rest as it is.
  [/^[\s\S]/, (match) => match[0]],
];

const named: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  e: '\u001b',
  '0': '\0',
};

function ansi(text: string): string {
  return text.replaceAll(/\\(u[0-9a-fA-F]{1,4}|x[0-9a-fA-F]{1,2}|[\s\S])/g, (_, escape: string) => {
    if (/^[ux]./.test(escape)) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return named[escape] ?? escape;
  });
}

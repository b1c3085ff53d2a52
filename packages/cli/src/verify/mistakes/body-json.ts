import { type JsonPrint, parseTree, printTree } from './json-tree.ts';
import type { Attempt, Mistake } from './mistake.ts';

/** Above it the prints of one body would take seconds. */
const maxBodyBytes = 1024 * 1024;

/** The body was parsed and printed again: by a framework that parses before it verifies, by a log, or by a person. */
export const bodyJson: Mistake = {
  name: 'body_reserialised',
  action: 'something between parsed the body and printed it again: pass the raw bytes on',
  steps: ['signature_mismatch', 'body_hash_mismatch'],
  *attempts({ request, coverage }): Iterable<Attempt> {
    if (coverage.body === 'none' || request.body.length > maxBodyBytes) return;
    const given = Buffer.from(request.body).toString('utf8');
    const tree = parseTree(given);
    if (tree === undefined) return;
    for (const sorted of [false, true]) {
      for (const [escape, escapeWords] of escapes) {
        for (const [layout, layoutWords] of layouts) {
          const text = printTree(tree, { ...layout, sorted, text: escape });
          const words = [layoutWords, ...escapeWords, ...(sorted ? ['its keys sorted'] : [])].join(', ');
          for (const [ending, endingWords] of endings) {
            if (`${text}${ending}` === given) continue;
            yield {
              would: `the body were its JSON printed ${words}${endingWords}`,
              request: { ...request, body: Buffer.from(`${text}${ending}`, 'utf8') },
            };
          }
        }
      }
    }
  },
};

type Layout = Pick<JsonPrint, 'indent' | 'colon' | 'comma'>;

const layouts: readonly (readonly [layout: Layout, words: string])[] = [
  [{ indent: '', colon: ':', comma: ',' }, 'without blanks'],
  [{ indent: '  ', colon: ': ', comma: ',' }, 'with an indent of two'],
  [{ indent: '', colon: ': ', comma: ', ' }, 'on one line with blanks after ":" and ","'],
  [{ indent: '    ', colon: ': ', comma: ',' }, 'with an indent of four'],
  [{ indent: '\t', colon: ': ', comma: ',' }, 'with tabs'],
];

const endings: readonly (readonly [ending: string, words: string])[] = [
  ['', ''],
  ['\n', ', with a newline at its end'],
];

const hex = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
/** Escapes that stand for one character beyond ASCII, never those that JSON itself needs. */
const escapedBeyondAscii = /\\u(?:00[89a-f][0-9a-f]|0[1-9a-f][0-9a-f]{2}|[1-9a-f][0-9a-f]{3})/gi;
const unescaped = (token: string): string =>
  token.replaceAll(escapedBeyondAscii, (escape) => String.fromCharCode(Number.parseInt(escape.slice(2), 16)));

/** How writers differ in what they escape: Python and PHP beyond ASCII, PHP the slash, Go and Ruby what HTML minds. */
const escapes: readonly (readonly [change: JsonPrint['text'], words: readonly string[]])[] = [
  [(token) => token, []],
  [unescaped, ['characters beyond ASCII written as they are']],
  [(token) => token.replaceAll(/[\u0080-\uffff]/g, hex), ['characters beyond ASCII written as \\u escapes']],
  [(token) => token.replaceAll('\\/', '/'), ['its slashes not escaped']],
  [(token) => token.replaceAll('\\/', '/').replaceAll('/', '\\/'), ['its slashes escaped']],
  [
    (token) =>
      token
        .replaceAll('\\/', '/')
        .replaceAll('/', '\\/')
        .replaceAll(/[\u0080-\uffff]/g, hex),
    ['its slashes and characters beyond ASCII escaped'],
  ],
  [(token) => token.replaceAll(/[<>&\u2028\u2029]/g, hex), ['<, > and & written as \\u escapes']],
  [
    (token) =>
      token.replaceAll(/\\u00(?:3c|3e|26)/gi, (escape) => String.fromCharCode(Number.parseInt(escape.slice(2), 16))),
    ['<, > and & written as they are'],
  ],
];

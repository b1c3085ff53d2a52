/**
 * What of a text takes one place on the screen, and how many columns that has. A terminal draws characters of East Asia and
 * emoji over two columns (https://www.unicode.org/reports/tr11/), and what only changes its neighbour over none.
 */
export interface Glyph {
  readonly text: string;
  readonly columns: 0 | 1 | 2;
}

/** What the terminal draws, from left to right. */
export function glyphsOf(text: string): readonly Glyph[] {
  // oxlint-disable-next-line no-control-regex -- most texts are nothing but these
  if (/^[\u0000-\u007f]*$/.test(text)) return [...text].map((character) => ({ text: character, columns: 1 }));
  return Array.from(segmenter.segment(text), ({ segment }) => ({ text: segment, columns: columnsOf(segment) }));
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

const invisible = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;

/** Scripts, signs and their full-width forms, and emoji that are drawn as pictures by themselves or by a selector. */
const wide =
  /^(?:[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Yi}\p{Script=Bopomofo}\u3000-\u303e\u30a0-\u30ff\u31f0-\u33ff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Emoji}\p{M}*\ufe0f|\p{Regional_Indicator})/u;

function columnsOf(glyph: string): Glyph['columns'] {
  if (invisible.test(glyph)) return 0;
  // Half-width Hangul and Katakana are of those scripts and are not wide; their voice marks have a column of their own.
  if (/^[\uff61-\uffdc]/.test(glyph)) return glyph.length > 1 ? 2 : 1;
  return wide.test(glyph) ? 2 : 1;
}

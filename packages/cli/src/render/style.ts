import { styleText } from 'node:util';

import { glyphsOf } from './columns.ts';

/** How text is set apart for people. Without colour every function returns its text unchanged. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
}

export function createStyle(colour: boolean): Style {
  return {
    strong: paint(colour, 'bold'),
    faint: paint(colour, 'dim'),
    good: paint(colour, 'green'),
    bad: paint(colour, 'red'),
    warn: paint(colour, 'yellow'),
    accent: paint(colour, 'cyan'),
  };
}

/**
 * Colour only where a person sees it: on a terminal, and not when NO_COLOR (any non-empty value) asks for none.
 * FORCE_COLOR decides alone, as it does for Node: 0 or false is never, anything else always.
 */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

/**
 * Text from records and answers, safe to print: a control character could move the cursor or recolour the terminal
 * (CWE-150), so it is shown as `\x1b` instead.
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this function is about
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** Columns a text takes on the screen, colour sequences not counted. */
export function widthOf(text: string): number {
  // oxlint-disable-next-line no-control-regex -- strips the sequences that createStyle adds
  return glyphsOf(text.replaceAll(/\u001b\[[0-9;]*m/g, '')).reduce((sum, { columns }) => sum + columns, 0);
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Shortens to a width, with an ellipsis where something was cut off. For text without colour. */
export function shorten(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${beginning(text, width - 1)}…`;
}

/** As much of a text as fits into so many columns. */
function beginning(text: string, width: number): string {
  let left = width;
  let begun = '';
  for (const glyph of glyphsOf(text)) {
    if (glyph.columns > left) break;
    begun += glyph.text;
    left -= glyph.columns;
  }
  return begun;
}

/** Cuts a line of coloured text off at a width, colours closed. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let clipped = '';
  let left = width - 1;
  // oxlint-disable-next-line no-control-regex -- the sequences that createStyle adds take no room
  for (const [part] of text.matchAll(/\u001b\[[0-9;]*m|[^\u001b]+|\u001b/g)) {
    const isColour = part.startsWith('\u001b[');
    const shown = isColour ? part : beginning(part, left);
    clipped += shown;
    // What did not fit ends it; a narrower one behind it must not fill the gap.
    if (!isColour) left = shown === part ? left - widthOf(part) : 0;
  }
  return `${clipped}…`;
}

function paint(colour: boolean, format: Parameters<typeof styleText>[0]): (text: string) => string {
  // Whether the stream wants colour was decided by wantsColour.
  return colour ? (text) => styleText(format, text, { validateStream: false }) : (text) => text;
}

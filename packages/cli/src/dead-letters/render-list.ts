import { briefMessage } from '@trunkline/operations';
import { formatAge } from '@trunkline/operations/units';

import { renderNarrowTable } from '../render/narrow-table.ts';
import { printable, shorten, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import type { LetterDocument } from './document.ts';

/** Below this a line would break: each letter gets a block of lines instead. */
const leastTableWidth = 100;

/** Letters for a person, in whatever width there is. */
export function renderLetters(
  letters: readonly LetterDocument[],
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  if (width < leastTableWidth) return letters.map((letter) => renderBlock(letter, { style, width })).join('\n\n');
  return renderNarrowTable(
    [
      { title: 'LETTER', value: ({ id }) => id, paint: (cell) => style.strong(cell) },
      { title: 'STATE', value: stateText },
      { title: 'CODE', value: ({ code }) => code ?? '', paint: (cell) => style.bad(cell) },
      { title: 'MESSAGE', value: ({ message }) => briefMessage(message ?? ''), maxWidth: 60, least: 16 },
      { title: 'TYPE', value: ({ type }) => type ?? '', dropRank: 2 },
      { title: 'KEY', value: ({ key }) => key ?? '', maxWidth: 48, least: 12, dropRank: 3 },
      { title: 'RUNS', value: ({ attempts }) => String(attempts), align: 'right', dropRank: 1 },
      { title: 'AGE', value: ({ ageMs }) => formatAge(ageMs), align: 'right' },
    ],
    letters,
    { style, width },
  );
}

const labelWidth = '  put aside  '.length;

function renderBlock(
  letter: LetterDocument,
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  const fitting = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : shorten(printable(text), width - labelWidth);
  const { id, eventId, code, message, type, key, attempts, copies, ageMs, reason } = letter;
  const runs = `${attempts} ${attempts === 1 ? 'run' : 'runs'}, ${copies} ${copies === 1 ? 'copy' : 'copies'}`;
  return [
    `${style.strong(id)}  ${stateText(letter)}`,
    renderPairs(
      [
        ['  why', style.bad(fitting(code ?? 'no code') ?? '')],
        ['  message', message === undefined ? undefined : fitting(briefMessage(message))],
        ['  event', eventId],
        ['  type', fitting(type)],
        ['  key', fitting(key)],
        ['  put aside', fitting(reason)],
        ['  age', `${formatAge(ageMs)}, ${runs}`],
      ],
      style,
    ),
  ].join('\n');
}

function stateText({ state, tooOld }: LetterDocument): string {
  const text = state === 'unknown' ? 'not known' : state;
  return tooOld ? `${text}, too old` : text;
}

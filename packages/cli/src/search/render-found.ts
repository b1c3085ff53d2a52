import type { EventFound, GroupOutcome } from '@trunkline/journal';
import { formatTime } from '@trunkline/operations/units';

import type { Output } from '../output.ts';
import { renderNarrowTable } from '../render/narrow-table.ts';
import { type OnceEach, onceEach, timesText } from '../render/once-each.ts';

type Found = EventFound & { readonly groups: readonly GroupOutcome[] };
type Line = OnceEach<Found>;

/** One line an event, newest first, and how many records of the page are of it; its id and type in any width. */
export function renderFound(
  events: readonly Found[],
  { next }: { readonly next: string | undefined },
  { style, width }: Pick<Output, 'style' | 'width'>,
): string {
  const more = next === undefined ? '' : style.faint(`there may be more: --after ${next}`);
  if (events.length === 0) return ['no event matches', more].filter((line) => line !== '').join('\n');
  const table = renderNarrowTable(
    [
      { title: 'APPENDED', value: ({ row }: Line) => formatTime(row.place.appendedAtMs), dropRank: 3 },
      { title: 'TYPE', value: ({ row }: Line) => row.type, least: 12 },
      { title: 'SOURCE', value: ({ row }: Line) => row.source, dropRank: 4 },
      { title: 'ENTITY', value: ({ row }: Line) => row.entity, maxWidth: 40, least: 16, dropRank: 2 },
      { title: 'TIMES', value: timesText, align: 'right', dropRank: 1 },
      {
        title: 'STATE',
        value: ({ row }: Line) => stateOf(row.groups),
        least: 8,
        paint: (cell, { row }) => paint(cell, row, style),
      },
      { title: 'EVENT', value: ({ row }: Line) => row.eventId },
    ],
    onceEach(events, ({ eventId }) => eventId),
    { style, width },
  );
  return more === '' ? table : `${table}\n${more}`;
}

/** What most wants to be seen first; where every group says the same, once. */
function stateOf(groups: readonly GroupOutcome[]): string {
  const outcomes = [...new Set(groups.map(({ outcome }) => outcome))];
  if (outcomes.length === 0) return 'no group takes it';
  if (outcomes.length === 1) return outcomes[0] ?? '';
  return groups.map(({ group, outcome }) => `${group} ${outcome}`).join(', ');
}

function paint(cell: string, { groups }: Found, style: Output['style']): string {
  if (groups.some(({ outcome }) => outcome === 'dead')) return style.bad(cell);
  return groups.some(({ outcome }) => outcome === 'retrying') ? style.warn(cell) : cell;
}

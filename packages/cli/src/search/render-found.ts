import type { EventFound, GroupOutcome } from '@trunkline/journal';
import { formatTime } from '@trunkline/operations';

import type { Output } from '../output.ts';
import { renderTable } from '../render/table.ts';

type Found = EventFound & { readonly groups: readonly GroupOutcome[] };

/** One line an event, newest first. */
export function renderFound(
  events: readonly Found[],
  { next }: { readonly next: string | undefined },
  { style }: Pick<Output, 'style'>,
): string {
  const more = next === undefined ? '' : style.faint(`there may be more: --after ${next}`);
  if (events.length === 0) return ['no event matches', more].filter((line) => line !== '').join('\n');
  const table = renderTable(
    [
      { title: 'APPENDED', value: ({ place }: Found) => formatTime(place.appendedAtMs) },
      { title: 'TYPE', value: ({ type }: Found) => type },
      { title: 'SOURCE', value: ({ source }: Found) => source },
      { title: 'ENTITY', value: ({ entity }: Found) => entity, maxWidth: 40 },
      { title: 'STATE', value: ({ groups }: Found) => stateOf(groups), paint: (cell, row) => paint(cell, row, style) },
      { title: 'EVENT', value: ({ eventId }: Found) => eventId },
    ],
    events,
    style,
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

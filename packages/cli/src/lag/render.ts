import {
  countText,
  type GroupLetters,
  type OutboxBacklog,
  outboxText,
  type PartitionBacklog,
  totalsOf,
} from '@trunkline/operations';
import { formatAge } from '@trunkline/operations/units';

import { renderNarrowTable } from '../render/narrow-table.ts';
import { printable, type Style } from '../render/style.ts';
import { type Standing, standingText } from '../standing.ts';

interface Line {
  readonly group: string;
  readonly kind: string;
  readonly topic: string;
  readonly partition: string;
  readonly committed: string;
  readonly end: string;
  readonly lag: string;
  readonly age: string;
  readonly isTotal: boolean;
}

export interface ShownLag {
  readonly partitions: readonly PartitionBacklog[];
  readonly letters: readonly GroupLetters[];
  readonly outboxes: readonly OutboxBacklog[];
  readonly standing: readonly Standing[];
}

interface Room {
  readonly style: Style;
  readonly width: number;
}

/** The partitions on which something waits (`all`: every one), a total row, outboxes, dead letters, and who stands still. */
export function renderLag(
  { partitions, outboxes, letters, standing }: ShownLag,
  all: boolean,
  { style, width }: Room,
): string {
  const shown = all ? partitions : partitions.filter(({ lag }) => lag > 0n);
  const left = partitions.length - shown.length;
  const table = renderNarrowTable<Line>(
    [
      {
        title: 'GROUP',
        value: ({ group }) => group,
        paint: (cell, { isTotal }) => (isTotal ? style.strong(cell) : cell),
      },
      // The name of the topic says it, too.
      { title: 'KIND', value: ({ kind }) => kind, dropRank: 1 },
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'PARTITION', value: ({ partition }) => partition, align: 'right' },
      { title: 'COMMITTED', value: ({ committed }) => committed, align: 'right', dropRank: 2 },
      { title: 'END', value: ({ end }) => end, align: 'right', dropRank: 3 },
      { title: 'LAG', value: ({ lag }) => lag, align: 'right', paint: (cell) => style.strong(cell) },
      { title: 'OLDEST', value: ({ age }) => age, align: 'right' },
    ],
    [...shown.map(lineOf), totalLine(partitions)],
    { style, width },
  );
  return [
    table,
    ...outboxes.filter(({ waiting }) => waiting > 0).map((outbox) => `outbox of ${outboxText(outbox)}`),
    ...letters
      .filter(({ onTopic }) => onTopic > 0)
      .map((count) => `${count.open === 0 ? '' : style.warn('! ')}dead letters of ${count.group}: ${countText(count)}`),
    ...standing.map((process) => style.bad(printable(standingText(process)))),
    ...(left === 0 ? [] : [style.faint(`${left} partitions without lag are left out (--all)`)]),
  ].join('\n');
}

function lineOf(row: PartitionBacklog): Line {
  return {
    group: row.group,
    kind: row.kind,
    topic: row.topic,
    partition: String(row.partition),
    committed: row.committed === undefined ? 'never' : String(row.committed),
    end: String(row.end),
    lag: String(row.lag),
    age: row.oldestAgeMs === undefined ? '' : formatAge(row.oldestAgeMs),
    isTotal: false,
  };
}

function totalLine(rows: readonly PartitionBacklog[]): Line {
  const { waiting, oldestAgeMs } = totalsOf(rows);
  return {
    group: 'total',
    kind: 'waiting',
    topic: '',
    partition: '',
    committed: '',
    end: '',
    lag: String(waiting),
    age: oldestAgeMs === undefined ? '' : formatAge(oldestAgeMs),
    isTotal: true,
  };
}

import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { formatAge } from '../render/units.ts';
import { type PartitionBacklog, totalsOf } from './read-lag.ts';

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

/** The partitions on which something waits (`all`: every one), and a total row. */
export function renderLag(rows: readonly PartitionBacklog[], all: boolean, style: Style): string {
  const shown = all ? rows : rows.filter(({ lag }) => lag > 0n);
  const left = rows.length - shown.length;
  const table = renderTable<Line>(
    [
      {
        title: 'GROUP',
        value: ({ group }) => group,
        paint: (cell, { isTotal }) => (isTotal ? style.strong(cell) : cell),
      },
      { title: 'KIND', value: ({ kind }) => kind },
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'PARTITION', value: ({ partition }) => partition, align: 'right' },
      { title: 'COMMITTED', value: ({ committed }) => committed, align: 'right' },
      { title: 'END', value: ({ end }) => end, align: 'right' },
      { title: 'LAG', value: ({ lag }) => lag, align: 'right', paint: (cell) => style.strong(cell) },
      { title: 'OLDEST', value: ({ age }) => age, align: 'right' },
    ],
    [...shown.map(lineOf), ...totalLines(rows)],
    style,
  );
  return left === 0 ? table : `${table}\n${style.faint(`${left} partitions without lag are left out (--all)`)}`;
}

function lineOf(row: PartitionBacklog): Line {
  const never = row.kind === 'dlt' ? '-' : 'never';
  return {
    group: row.group,
    kind: row.kind,
    topic: row.topic,
    partition: String(row.partition),
    committed: row.committed === undefined ? never : String(row.committed),
    end: String(row.end),
    lag: String(row.lag),
    age: row.oldestAgeMs === undefined ? '' : formatAge(row.oldestAgeMs),
    isTotal: false,
  };
}

function totalLines(rows: readonly PartitionBacklog[]): readonly Line[] {
  const { waiting, deadLetters, oldestAgeMs } = totalsOf(rows);
  const blank = { group: 'total', topic: '', partition: '', committed: '', end: '', isTotal: true };
  return [
    {
      ...blank,
      kind: 'waiting',
      lag: String(waiting),
      age: oldestAgeMs === undefined ? '' : formatAge(oldestAgeMs),
    },
    { ...blank, kind: 'dlt', lag: String(deadLetters), age: '' },
  ];
}

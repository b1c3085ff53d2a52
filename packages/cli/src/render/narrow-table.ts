import { type Style, widthOf } from './style.ts';
import { type Column, renderTable } from './table.ts';

export interface NarrowColumn<Row> extends Column<Row> {
  /** Left out where the table is too wide, the highest first; without it the column stays. */
  readonly dropRank?: number;
  /** Shortened down to so many columns before anything is left out. */
  readonly least?: number;
}

interface Room {
  readonly style: Style;
  readonly width: number;
}

/** A table that shortens what may be shortened, and then leaves out its less important columns, until it fits. */
export function renderNarrowTable<Row>(
  columns: readonly NarrowColumn<Row>[],
  rows: readonly Row[],
  room: Room,
): string {
  const { style, width } = room;
  const shrunk = shortened(columns, rows, room);
  const text = renderTable(shrunk, rows, style);
  const highest = Math.max(...columns.map(({ dropRank = 0 }) => dropRank));
  if (highest === 0 || excessOf(text, width) === 0) return text;
  return renderNarrowTable(
    columns.filter(({ dropRank }) => dropRank !== highest),
    rows,
    room,
  );
}

/** Takes what the table is too wide from the columns that may give way, the last of them first. */
function shortened<Row>(
  columns: readonly NarrowColumn<Row>[],
  rows: readonly Row[],
  { style, width }: Room,
): readonly NarrowColumn<Row>[] {
  let excess = excessOf(renderTable(columns, rows, style), width);
  return columns
    .toReversed()
    .map((column) => {
      if (excess === 0 || column.least === undefined) return column;
      const natural = Math.max(
        widthOf(column.title),
        ...rows.map((row) => Math.min(widthOf(column.value(row)), column.maxWidth ?? Number.POSITIVE_INFINITY)),
      );
      const maxWidth = Math.min(natural, Math.max(column.least, natural - excess));
      excess -= natural - maxWidth;
      return { ...column, maxWidth };
    })
    .toReversed();
}

function excessOf(text: string, width: number): number {
  return Math.max(0, ...text.split('\n').map((line) => widthOf(line) - width));
}

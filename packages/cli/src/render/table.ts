import { padEnd, padStart, printable, shorten, type Style, widthOf } from './style.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** Colours the padded cell; the plain value decides the width. */
  readonly paint?: (cell: string, row: Row) => string;
  /** Longer values end in an ellipsis. Ids have none, because people copy them. */
  readonly maxWidth?: number;
}

/** A table with one line per row. Values are made printable here, so that no record can drive the terminal. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], style: Style): string {
  const cells = rows.map((row) => columns.map((column) => cellOf(column, row)));
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...cells.map((line) => widthOf(line[index] ?? ''))),
  );
  const head = joinLine(columns.map((column, index) => style.faint(align(column, column.title, widths[index] ?? 0))));
  const body = rows.map((row, rowIndex) =>
    joinLine(
      columns.map((column, index) => {
        const cell = align(column, cells[rowIndex]?.[index] ?? '', widths[index] ?? 0);
        return column.paint === undefined ? cell : column.paint(cell, row);
      }),
    ),
  );
  return [head, ...body].join('\n');
}

/**
 * Label and value, one pair a line, labels in one column, further lines of a value below its first. Pairs whose value is
 * undefined are left out. Values may be coloured, so whoever gives words of others makes them printable first.
 */
export function renderPairs(pairs: readonly (readonly [string, string | undefined])[], style: Style): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(0, ...shown.map(([label]) => widthOf(label)));
  const below = `\n${' '.repeat(width + 2)}`;
  return shown
    .map(([label, value]) => `${style.faint(padEnd(label, width))}  ${value.replaceAll('\n', below)}`)
    .join('\n');
}

function cellOf<Row>(column: Column<Row>, row: Row): string {
  const text = printable(column.value(row));
  return column.maxWidth === undefined ? text : shorten(text, column.maxWidth);
}

function align<Row>(column: Column<Row>, text: string, width: number): string {
  return column.align === 'right' ? padStart(text, width) : padEnd(text, width);
}

function joinLine(cells: readonly string[]): string {
  return cells.join('  ').trimEnd();
}

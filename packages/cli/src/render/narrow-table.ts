import { type Style, widthOf } from './style.ts';
import { type Column, renderTable } from './table.ts';

export interface NarrowColumn<Row> extends Column<Row> {
  /** Left out where the table is too wide, the highest first; without it the column stays. */
  readonly dropRank?: number;
}

/** A table that leaves out its less important columns until it fits. */
export function renderNarrowTable<Row>(
  columns: readonly NarrowColumn<Row>[],
  rows: readonly Row[],
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  const text = renderTable(columns, rows, style);
  const isTooWide = text.split('\n').some((line) => widthOf(line) > width);
  const highest = Math.max(...columns.map(({ dropRank = 0 }) => dropRank));
  if (!isTooWide || highest === 0) return text;
  return renderNarrowTable(
    columns.filter(({ dropRank }) => dropRank !== highest),
    rows,
    { style, width },
  );
}

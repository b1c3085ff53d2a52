import { printable, shorten, type Style } from '../render/style.ts';
import { renderPairs } from '../render/table.ts';
import type { Row } from './read-table.ts';

const labelRoom = 34;
const leastValue = 20;

/** A block a row: tables have more columns than a screen. Without what is null and without the versions; --json has all. */
export function renderRows(
  rows: readonly Row[],
  { style, width }: { readonly style: Style; readonly width: number },
): string {
  const room = Math.max(leastValue, width - labelRoom);
  return rows
    .map((row) => {
      const shown = Object.entries(row).filter(([name, value]) => value !== null && !name.endsWith('_version'));
      return renderPairs(
        shown.map(([name, value]) => [printable(name), shorten(printable(textOf(value)), room)] as const),
        style,
      );
    })
    .join('\n\n');
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import { formatTime } from '@trunkline/operations/units';

import { padEnd, printable, shorten, type Style, widthOf } from '../render/style.ts';
import type { TailedRecord } from './tailed-record.ts';

/** Keys are long and repeat what the other columns say, so they give way first. */
const keyWidth = { most: 48, least: 12 } as const;
/** Below this a line would break: each record gets two or three lines instead. */
const leastLineWidth = 100;
const gap = 2;

/** A record as lines that fit the screen: one in columns that grow with the widest value so far, since what comes is not known. */
export function createTailLines(style: Style, width: number): (record: TailedRecord) => string {
  if (width < leastLineWidth) return (record) => block(record, style, width);
  const widths: number[] = [];
  const column = (index: number, text: string): string => {
    widths[index] = Math.max(widths[index] ?? 0, widthOf(text));
    return padEnd(text, widths[index]);
  };
  return (record) => {
    const time = style.faint(formatTime(record.appendedAtMs));
    const place = column(0, placeText(record));
    const type = style.accent(column(1, typeText(record)));
    const tenant = column(2, printable(record.tenantId ?? '-'));
    const id = style.strong(printable(record.eventId ?? '-'));
    const room = width - lengthOf([time, place, type, tenant, id]) - gap;
    const key = printable(record.key ?? '-');
    const keyCell = style.faint(shorten(key, Math.min(keyWidth.most, room)).padEnd(Math.min(keyWidth.most, room)));
    // Without the date, then without the tenant, whom the key names as well.
    const clock = style.faint(formatTime(record.appendedAtMs).slice('2025-01-31T'.length));
    const fitting = [
      [time, place, type, tenant, ...(room >= keyWidth.least ? [keyCell] : []), id],
      [clock, place, type, tenant, id],
      [clock, place, type, id],
    ].find((cells) => lengthOf(cells) <= width);
    // Wider than the screen even so: a block is always complete.
    if (fitting === undefined) return block(record, style, width);
    return [fitting.join(' '.repeat(gap)), ...unreadable(record, style)].join('\n');
  };
}

function block(record: TailedRecord, style: Style, width: number): string {
  const second = [printable(record.eventId ?? '-'), placeText(record)];
  const key = record.key === undefined ? [] : [style.faint(`  ${shorten(printable(record.key), width - 2)}`)];
  return [
    `${style.faint(formatTime(record.appendedAtMs))}  ${style.accent(shorten(typeText(record), width - 26))}`,
    ...(2 + lengthOf(second) <= width ? [`  ${second.join('  ')}`] : second.map((text) => `  ${text}`)),
    ...key,
    ...unreadable(record, style),
  ].join('\n');
}

function lengthOf(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + widthOf(cell) + gap, -gap);
}

function placeText({ topic, partition, offset }: TailedRecord): string {
  return printable(`${topic}/${partition}/${offset}`);
}

/** Of what has no canonical form the provider's own word says what it is. */
function typeText({ type, providerType }: TailedRecord): string {
  return printable(providerType === undefined ? (type ?? '-') : `${type ?? '-'} (${providerType})`);
}

function unreadable({ undecodable }: TailedRecord, style: Style): readonly string[] {
  return undecodable === undefined ? [] : [style.bad(`  unreadable: ${printable(undecodable)}`)];
}

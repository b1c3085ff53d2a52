import { padEnd, printable, shorten, type Style, widthOf } from '../render/style.ts';
import { formatTime } from '../render/units.ts';
import type { TailedRecord } from './tailed-record.ts';

/** Keys are long and repeat what the other columns say. */
const keyWidth = 48;

/** A line a record, in columns that grow with the widest value so far: what comes is not known. */
export function createTailLines(style: Style): (record: TailedRecord) => string {
  const widths: number[] = [];
  const column = (index: number, text: string): string => {
    widths[index] = Math.max(widths[index] ?? 0, widthOf(text));
    return padEnd(text, widths[index]);
  };
  return (record) => {
    const cells = [
      style.faint(formatTime(record.appendedAtMs)),
      column(0, printable(`${record.topic}/${record.partition}/${record.offset}`)),
      style.accent(column(1, printable(record.type ?? '-'))),
      column(2, printable(record.tenantId ?? '-')),
      style.faint(column(3, shorten(printable(record.key ?? '-'), keyWidth))),
      style.strong(printable(record.eventId ?? '-')),
    ];
    const reason = record.undecodable;
    return reason === undefined
      ? cells.join('  ')
      : `${cells.join('  ')}  ${style.bad(`unreadable: ${printable(reason)}`)}`;
  };
}

import { formatMicroseconds } from '@trunkline/operations/units';

import { renderNarrowTable } from '../render/narrow-table.ts';
import { printable, type Style } from '../render/style.ts';
import { standingText } from '../standing.ts';
import { type Figures, type GroupFigures, rejectedOf, type SourceFigures } from './figures.ts';

/** The screen of the monitor, without its frame. */
export function renderFigures(figures: Figures, style: Style, width: number): readonly string[] {
  const fit = { style, width };
  const { sources, groups } = figures;
  const absent = figures.processes.filter(({ answers }) => !answers);
  return [
    style.faint(
      `${figures.at}  ${figures.windowSeconds === null ? 'since the processes started' : `rates and percentiles of ${figures.windowSeconds.toFixed(0)} s`}`,
    ),
    ...absent.map(({ name, url, reason }) =>
      style.bad(printable(`${name} at ${url} does not answer: ${reason ?? ''}`)),
    ),
    '',
    ...(sources.length === 0
      ? [style.faint('no request yet')]
      : linesOf(renderNarrowTable(sourceColumns(style), sources, fit))),
    '',
    ...(groups.length === 0
      ? [style.faint('no consumer is named')]
      : linesOf(renderNarrowTable(groupColumns(style), groups, fit))),
    ...figures.standing.map((process) => style.bad(printable(standingText(process)))),
    ...figures.gaps.map((gap) => style.warn(printable(gap))),
  ];
}

type Columns<Row> = Parameters<typeof renderNarrowTable<Row>>[0];

function sourceColumns(style: Style): Columns<SourceFigures> {
  return [
    { title: 'SOURCE', value: ({ source }) => source },
    { title: 'RECEIVED', value: ({ received }) => String(received), align: 'right' },
    { title: '/S', value: ({ perSecond }) => rateText(perSecond), align: 'right', dropRank: 2 },
    { title: 'ACCEPTED', value: ({ accepted }) => String(accepted), align: 'right' },
    {
      title: 'REJECTED',
      value: (row) => String(rejectedOf(row)),
      align: 'right',
      paint: (cell, row) => (rejectedOf(row) > 0 ? style.warn(cell) : cell),
    },
    { title: 'P50', value: ({ p50Ms }) => timeText(p50Ms), align: 'right', dropRank: 3 },
    { title: 'P99', value: ({ p99Ms }) => timeText(p99Ms), align: 'right', dropRank: 1 },
    { title: 'AT STEP', value: ({ rejectedByStep }) => stepsText(rejectedByStep), dropRank: 4 },
  ];
}

function groupColumns(style: Style): Columns<GroupFigures> {
  return [
    { title: 'GROUP', value: ({ group }) => group },
    { title: 'PROCESSED', value: ({ processed }) => String(processed), align: 'right' },
    { title: '/S', value: ({ perSecond }) => rateText(perSecond), align: 'right', dropRank: 2 },
    { title: 'DUPLICATES', value: ({ duplicates }) => String(duplicates), align: 'right', dropRank: 4 },
    { title: 'STALE', value: ({ stale }) => String(stale), align: 'right', dropRank: 5 },
    {
      title: 'RETRIED',
      value: ({ retried }) => String(retried),
      align: 'right',
      dropRank: 1,
      paint: (cell, { retried }) => (retried > 0 ? style.warn(cell) : cell),
    },
    {
      title: 'DEAD',
      value: ({ deadLettered }) => String(deadLettered),
      align: 'right',
      paint: (cell, { deadLettered }) => (deadLettered > 0 ? style.bad(cell) : cell),
    },
    { title: 'P50', value: ({ p50Ms }) => timeText(p50Ms), align: 'right', dropRank: 3 },
    { title: 'P99', value: ({ p99Ms }) => timeText(p99Ms), align: 'right', dropRank: 1 },
    { title: 'LAG', value: ({ lag }) => lag ?? '?', align: 'right', paint: (cell) => style.strong(cell) },
    {
      title: 'OPEN LETTERS',
      value: ({ openLetters, lettersOnTopic }) => `${openLetters ?? '?'} of ${lettersOnTopic ?? '?'}`,
      align: 'right',
      paint: (cell, { openLetters }) => (openLetters === null || openLetters > 0 ? style.warn(cell) : cell),
      dropRank: 2,
    },
  ];
}

function stepsText(steps: SourceFigures['rejectedByStep']): string {
  return Object.entries(steps)
    .sort(([, left], [, right]) => right - left)
    .map(([step, count]) => `${step} ${count}`)
    .join(', ');
}

function rateText(perSecond: number | null): string {
  if (perSecond === null) return '';
  return perSecond.toFixed(perSecond < 10 && perSecond > 0 ? 1 : 0);
}

function timeText(ms: number | null): string {
  return ms === null ? '' : formatMicroseconds(ms * 1_000);
}

function linesOf(text: string): readonly string[] {
  return text.split('\n');
}

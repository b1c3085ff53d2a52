/** How a run is told: a table for people, JSON for machines, a page for the documentation. */
import type { Bar, BenchReport, Benchmark, Figure } from './benchmark.ts';
import { median, spread } from './statistics.ts';

/** What the figures of a benchmark hold under. */
export interface Conditions {
  readonly date: string;
  readonly node: string;
  readonly stack: string;
  readonly machine: string;
  readonly rounds: number;
  readonly secondsPerMeasurement: number;
  /** One-minute load average when the benchmark began, and the number of cores it is shared by. */
  readonly loadBefore: number;
  readonly cores: number;
}

export interface Outcome {
  readonly benchmark: Pick<Benchmark, 'name' | 'title' | 'question'>;
  readonly conditions: Conditions;
  readonly report: BenchReport;
  readonly seconds: number;
}

/** As it is written to a file and read again. */
export interface OutcomeJson extends BenchReport {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly conditions: Conditions;
  readonly verdicts: readonly string[];
  readonly seconds: number;
}

export function outcomeJson({ benchmark, conditions, report, seconds }: Outcome): OutcomeJson {
  const { name, title, question } = benchmark;
  const verdicts = report.bars.map((bar) => verdictOf(bar, report.figures));
  return { name, title, question, conditions, ...report, verdicts, seconds: Math.round(seconds) };
}

export function renderOutcome(outcome: OutcomeJson): string {
  return [
    `${outcome.title}`,
    tableText(tableOf(outcome.figures)),
    ...outcome.verdicts.map((verdict) => `    ${verdict}`),
    `    ${conditionsLine(outcome.conditions)}; ${outcome.seconds} s in all`,
  ].join('\n');
}

/** Columns side by side, the first to the left and the others to the right. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  return lines.map((line) => `    ${line}`).join('\n');
}

/** The section of docs/benchmarks.md. */
export function renderSection(outcome: OutcomeJson): string {
  const [head = [], ...rows] = tableOf(outcome.figures);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [
    `## ${outcome.title}`,
    '',
    outcome.question,
    '',
    line(head),
    line(rule),
    ...rows.map(line),
    '',
    ...outcome.verdicts.flatMap((verdict) => [`**${verdict}**`, '']),
    ...outcome.notes.map((note) => `- ${note}`),
    `- Run: ${conditionsLine(outcome.conditions)}. Repeat with \`npm run bench -- ${outcome.name}\`.`,
    '',
  ].join('\n');
}

function conditionsLine(conditions: Conditions): string {
  const { date, node, stack, machine, rounds, secondsPerMeasurement, loadBefore, cores } = conditions;
  return (
    `${date}, Node ${node}, ${stack} stack, ${machine}, load ${loadBefore.toFixed(1)} on ${cores} cores before it began, ` +
    `${rounds} rounds of ${secondsPerMeasurement} s a side`
  );
}

function tableOf(figures: readonly Figure[]): readonly (readonly string[])[] {
  const extra = [...new Set(figures.flatMap(({ beside }) => Object.keys(beside ?? {})))];
  return [
    ['', 'median', 'spread', ...extra],
    ...figures.map(({ label, unit, perRound, beside }) => {
      if (perRound.length === 0) return [label, notMeasured, '', ...extra.map(() => '')];
      const [smallest, largest] = spread(perRound);
      return [
        label,
        `${numberText(median(perRound))} ${unit}`,
        perRound.length === 1 ? '' : `${numberText(smallest)} – ${numberText(largest)}`,
        ...extra.map((column) => beside?.[column] ?? ''),
      ];
    }),
  ];
}

/** Whether every figure has rounds; one that a busy machine spoilt has none. */
export function isMeasured({ figures }: Pick<BenchReport, 'figures'>): boolean {
  return figures.every(({ perRound }) => perRound.length > 0);
}

const notMeasured = 'machine busy, not measured';

/** Three digits that mean something. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function verdictOf(bar: Bar, figures: readonly Figure[]): string {
  const figure = figures.find(({ label }) => label === bar.figure);
  if (figure === undefined) throw new RangeError(`there is no figure ${bar.figure}`);
  if (figure.perRound.length === 0) return `${bar.figure}: ${notMeasured}`;
  const value = median(figure.perRound);
  const meets = (limit: number): boolean => (bar.is === 'at least' ? value >= limit : value <= limit);
  const goal = bar.goal === undefined ? '' : `, goal ${numberText(bar.goal)} ${meets(bar.goal) ? 'met' : 'not met'}`;
  const unit = figure.unit === '×' ? '' : ` ${figure.unit}`;
  return (
    `${bar.figure}: ${numberText(value)}${unit}; bar ${bar.is} ${numberText(bar.first)}${unit} ` +
    `${meets(bar.first) ? 'met' : 'NOT MET'}${goal}`
  );
}

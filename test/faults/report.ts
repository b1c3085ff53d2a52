/** How a fault run is told: a table for people, JSON for machines. */
import type { FaultRow, RowReport } from './row.ts';

export interface RowOutcome {
  readonly row: FaultRow;
  readonly seed: number;
  readonly undone: string | undefined;
  readonly report: RowReport;
  readonly seconds: number;
}

/** Nothing lost, nothing doubled, nothing else broken, and something promised: a run that promised nothing proves nothing. */
export function isGreen({ judgement, broken = [] }: RowReport): boolean {
  return judgement.promised > 0 && judgement.lost.length === 0 && judgement.doubled.length === 0 && broken.length === 0;
}

export function renderOutcome({ row, seed, undone, report, seconds }: RowOutcome): string {
  const { judgement, figures } = report;
  const facts: readonly (readonly [string, number | string])[] = [
    ['promised (2xx)', judgement.promised],
    ['applied', judgement.applied],
    ['dead-lettered', judgement.deadLettered],
    ['lost', judgement.lost.length],
    ['doubled', judgement.doubled.length],
    ['struck, times', report.strikes],
    ...Object.entries(figures),
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    `${row.id}  ${row.title}${undone === undefined ? '' : `  (undone: ${undone})`}`,
    ...facts.map(([name, value]) => `    ${name.padEnd(width)}  ${value}`),
    ...(report.broken ?? []).map((sentence) => `    BROKEN: ${sentence}`),
    `    ${seconds.toFixed(0)} s; repeat with: npm run faults -- ${row.id} --seed ${seed}${undone === undefined ? '' : ' --prove'}`,
  ].join('\n');
}

export interface OutcomeJson {
  readonly row: string;
  readonly title: string;
  readonly seed: number;
  readonly undone: string | null;
  readonly promised: number;
  readonly applied: number;
  readonly deadLettered: number;
  readonly lost: number;
  readonly doubled: number;
  readonly strikes: number;
  readonly broken: readonly string[];
  readonly figures: RowReport['figures'];
  readonly seconds: number;
}

export function outcomeJson({ row, seed, undone, report, seconds }: RowOutcome): OutcomeJson {
  const { judgement, figures } = report;
  return {
    row: row.id,
    title: row.title,
    seed,
    undone: undone ?? null,
    promised: judgement.promised,
    applied: judgement.applied,
    deadLettered: judgement.deadLettered,
    lost: judgement.lost.length,
    doubled: judgement.doubled.length,
    strikes: report.strikes,
    broken: report.broken ?? [],
    figures,
    seconds: Math.round(seconds),
  };
}

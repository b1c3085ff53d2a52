/** docs/reliability.md: written from docs/reliability.json, which keeps the newest whole run of each row. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { OutcomeJson } from './report.ts';
import type { FaultRow } from './row.ts';
import { faultRows } from './rows.ts';

/** One row of a run, with what it ran on. */
export interface PublishedOutcome extends OutcomeJson {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
}

/** Puts the outcomes of this run into both files; rows that did not run keep the figures they had. */
export function writeReliabilityPage(root: string, outcomes: readonly PublishedOutcome[]): void {
  const json = join(root, 'docs/reliability.json');
  const kept = existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as readonly PublishedOutcome[]) : [];
  const newest = new Map([...kept, ...outcomes].map((outcome) => [outcome.row, outcome]));
  const sorted = faultRows.flatMap(({ id }) => newest.get(id) ?? []);
  writeFileSync(json, `${JSON.stringify(sorted, undefined, 2)}\n`);
  writeFileSync(join(root, 'docs/reliability.md'), renderPage(sorted, faultRows));
}

export function renderPage(outcomes: readonly PublishedOutcome[], rows: readonly FaultRow[]): string {
  const table = [
    '| | What is done to it | Times | Promised | Lost | Doubled |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...outcomes.map(
      ({ row, title, strikes, promised, lost, doubled }) =>
        `| [${row}](#${anchor(row, title)}) | ${title} | ${strikes} | ${thousands(promised)} | ${lost} | ${doubled} |`,
    ),
  ].join('\n');
  const sections = outcomes.map((outcome) => section(outcome, rows.find(({ id }) => id === outcome.row)?.safeguards));
  return `${introduction}\n${table}\n\n${sections.join('\n')}`;
}

function section(outcome: PublishedOutcome, safeguards: FaultRow['safeguards'] = []): string {
  const { row, title, figures, broken, date, node, machine, seed, seconds } = outcome;
  return [
    `## ${row} · ${title}`,
    '',
    '| Figure | |',
    '| --- | ---: |',
    ...Object.entries(figures).map(
      ([name, value]) => `| ${name} | ${typeof value === 'number' ? thousands(value) : value} |`,
    ),
    '',
    ...broken.map((sentence) => `**Not held: ${sentence}**\n`),
    `Goes red without: ${safeguards.map(({ undoes }) => undoes).join('; ')}.`,
    '',
    `${date}, Node ${node}, ${machine}, ${seconds} s. Repeat with \`npm run faults -- ${row} --seed ${seed}\`.`,
    '',
  ].join('\n');
}

/** As GitHub makes it of the section's heading. */
function anchor(row: string, title: string): string {
  return `${row} · ${title}`
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}

function thousands(value: number): string {
  return value.toLocaleString('en-US');
}

const introduction = `# Reliability

Written by \`npm run faults -- --all --write\`; do not edit. The same figures for machines: [reliability.json](reliability.json).

A load generator writes down every 2xx: a promise. Then something is broken, again and again, while the load goes on. At the
end every promise is looked for in Postgres, on the dead-letter topics and among the waiting retries. **Lost** is promised and
nowhere; **doubled** is an effect applied twice. Everything runs as real processes of one machine: one broker (F34: two, F3b: three), one registry, one
PostgreSQL, one Redis, and our services as \`npm start\` runs them. Loopback only.

A row that cannot fail proves nothing: each names what protects it, and \`npm run faults -- <row> --prove\` undoes that in the
started process and demands that the row goes red.
`;

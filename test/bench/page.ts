/** docs/benchmarks.md: written from docs/benchmarks.json, which keeps the newest run of each benchmark. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isMeasured, type OutcomeJson, renderSection } from './report.ts';

export interface PageFiles {
  readonly json: string;
  readonly page: string;
}

export function pageFilesIn(root: string): PageFiles {
  return { json: join(root, 'docs/benchmarks.json'), page: join(root, 'docs/benchmarks.md') };
}

/** Puts the outcomes of this run into both files; benchmarks that did not run, or on too busy a machine, keep the figures they had. */
export function writePage(files: PageFiles, outcomes: readonly OutcomeJson[], order: readonly string[]): void {
  const kept = existsSync(files.json) ? (JSON.parse(readFileSync(files.json, 'utf8')) as readonly OutcomeJson[]) : [];
  const newest = new Map([...kept, ...outcomes.filter(isMeasured)].map((outcome) => [outcome.name, outcome]));
  const sorted = order.flatMap((name) => newest.get(name) ?? []);
  writeFileSync(files.json, `${JSON.stringify(sorted, undefined, 2)}\n`);
  writeFileSync(files.page, renderPage(sorted));
}

export function renderPage(outcomes: readonly OutcomeJson[]): string {
  return `${introduction}\n${outcomes.map(renderSection).join('\n')}`;
}

const introduction = `# Benchmarks

Written by \`npm run bench -- --all --write\`; do not edit. The raw figures of every round are in
[benchmarks.json](benchmarks.json).

- Everything runs as processes of one machine: the embedded stack (one broker, one registry, one PostgreSQL), our services,
  and the client, which costs the machine what it costs. Loopback only.
- A speed is told as a **ratio inside one run**: the two sides are measured in turn, A B A B …, a ratio is taken in each
  round, and the table shows the median and, as spread, the smallest and the largest. On a shared machine a speed by itself
  swings by ±40 %; it is printed so that a ratio can be checked, not to be quoted.
- Latencies are measured on a quiet machine only: a round in which processes that are not of the run took more than 5 % of the
  machine's CPU time is void and measured again, three times as many rounds as asked for at most. Our own processes, the
  servers and the load share the cores as they would in production, and wait for each other.
- A bar is what we demand of ourselves; a bar that is not met says so here.
`;

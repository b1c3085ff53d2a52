/** docs/fire-drill.md: written from docs/fire-drill.json, which keeps the newest run of each drill. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { pages } from './drills.ts';
import type { DrillOutcome } from './run-drill.ts';

export interface PublishedDrill extends DrillOutcome {
  readonly date: string;
}

function readDrills(root: string): readonly PublishedDrill[] {
  const file = join(root, 'docs/fire-drill.json');
  // Written by writeDrills.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly PublishedDrill[]) : [];
}

/** Puts these outcomes into both files; alerts that were not drilled keep what they had. */
export function writeDrills(root: string, outcomes: readonly PublishedDrill[]): void {
  const newest = new Map([...readDrills(root), ...outcomes].map((outcome) => [outcome.alert, outcome]));
  const sorted = pages.flatMap((name) => newest.get(name) ?? []);
  writeFileSync(join(root, 'docs/fire-drill.json'), `${JSON.stringify(sorted, undefined, 2)}\n`);
  writeFileSync(join(root, 'docs/fire-drill.md'), renderDrills(sorted));
}

function renderDrills(outcomes: readonly PublishedDrill[]): string {
  const missing = pages.filter((name) => !outcomes.some(({ alert }) => alert === name));
  return [
    introduction,
    '| alert | fault | row | times divided by | fired after | cleared after | date |',
    '|---|---|---|---:|---:|---:|---|',
    ...outcomes.map(
      ({ alert, fault, row = '', faster, firedAfterSeconds, clearedAfterSeconds, date }) =>
        `| \`${alert}\` | ${fault} | ${row} | ${faster} | ${firedAfterSeconds} s | ${clearedAfterSeconds} s | ${date} |`,
    ),
    '',
    ...(missing.length === 0 ? [] : [`**Not drilled yet:** ${missing.map((name) => `\`${name}\``).join(', ')}.`, '']),
  ].join('\n');
}

const introduction = `# Fire drill

Written by \`npm run faults -- --drill --write\`; do not edit.

An alert that nobody has seen fire may never do. For each one that wakes somebody (severity \`page\`, [runbooks](runbooks/README.md)) real
services run on real servers, a real Prometheus asks its rule, and the fault that it is for is done and undone. So that this takes seconds,
every time in the rule is divided. It has to be silent before, to fire while the fault is on, and to clear after it. The row is the one of
[reliability](reliability.md) that does the same to count what is lost.
`;

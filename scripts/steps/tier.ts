/** Runs one Vitest tier and counts what it came to. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { type TierReport, tierReportVariable } from '../../test/setup/tier-report.ts';
import { root, runCommand } from './command.ts';
import { type Outcome, secondsSince, stepLine } from './outcome.ts';

export const tierNames = ['unit', 'docker', 'int', 'e2e', 'faults'] as const;
export type TierName = (typeof tierNames)[number];

/** How long a whole tier may take before it counts as hung. */
const deadlineMs: Readonly<Record<TierName, number>> = {
  unit: 5 * 60_000,
  docker: 20 * 60_000,
  int: 15 * 60_000,
  e2e: 20 * 60_000,
  faults: 30 * 60_000,
};

export interface TierOptions {
  /** Only test files whose path has one of these in it; all of the tier where there is none. */
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export async function runTier(tier: TierName, { files, env, signal }: TierOptions): Promise<Outcome> {
  const reportFile = join(root, 'test-results', `${tier}.json`);
  rmSync(reportFile, { force: true });
  const startedAtMs = performance.now();
  const { succeeded, output } = await runCommand({
    program: 'vitest',
    args: tierArguments(tier, files),
    deadlineMs: deadlineMs[tier],
    signal,
    env: { ...env, [tierReportVariable]: reportFile },
    live: true,
  });
  const outcome = outcomeOf({ tier, succeeded, report: readReport(reportFile), seconds: secondsSince(startedAtMs) });
  console.log(stepLine(outcome.outcome));
  for (const line of [...outcome.complaints, output].filter((text) => text !== '')) console.log(`    ${line}`);
  return outcome.outcome;
}

/** What Vitest is told to run. */
export function tierArguments(tier: TierName, files: readonly string[]): readonly string[] {
  return ['run', ...projectsOf(tier), '--reporter=default', '--reporter=./test/setup/tier-reporter.ts', ...files];
}

/** Unit tests are two projects: most share the modules of a worker. */
function projectsOf(tier: TierName): readonly string[] {
  return (tier === 'unit' ? ['unit', 'unit-isolated'] : [tier]).flatMap((project) => ['--project', project]);
}

export interface TierRun {
  readonly tier: string;
  /** Whether Vitest exited with 0. */
  readonly succeeded: boolean;
  /** Undefined when Vitest crashed before it could write one. */
  readonly report: TierReport | undefined;
  readonly seconds: number;
}

/** Whatever is not a passed test or a stated inability to run here is a failure, the empty run included. */
export function outcomeOf(run: TierRun): { readonly outcome: Outcome; readonly complaints: readonly string[] } {
  const { tier: step, report, seconds } = run;
  if (report === undefined) {
    const outcome = { step, passed: 0, failed: ['Vitest ended without a report'], couldNotRun: [], seconds };
    return { outcome, complaints: ['Vitest ended without a report.'] };
  }
  const complaints = [...report.errors, ...report.skipped.map((test) => `skipped without "cannot run here": ${test}`)];
  const { passed, couldNotRun } = report;
  if (passed + report.failed.length + complaints.length + couldNotRun.length === 0) {
    complaints.push('No test was found.');
  } else if (!run.succeeded && report.failed.length + complaints.length === 0) {
    complaints.push('Vitest failed although every test passed.');
  }
  return { outcome: { step, passed, failed: [...report.failed, ...complaints], couldNotRun, seconds }, complaints };
}

function readReport(file: string): TierReport | undefined {
  try {
    // Written by our own reporter in the run that has just ended; the old file was removed before it.
    return JSON.parse(readFileSync(file, 'utf8')) as TierReport;
  } catch {
    return undefined;
  }
}

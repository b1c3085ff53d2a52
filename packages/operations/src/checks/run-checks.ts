import { classify } from '@trunkline/core';

import type { Progress } from '../progress.ts';
import { type Check, type CheckOutcome, skipped } from './check.ts';

export interface CheckReport extends CheckOutcome {
  readonly name: string;
}

/** A check that waits for something that does not answer must not hold up the rest. */
const checkDeadlineMs = 15_000;

export interface CheckRun {
  readonly signal: AbortSignal;
  readonly progress?: Progress;
  readonly deadlineMs?: number;
}

/** Runs the checks in order. A check never ends the doctor: what it throws is its finding. */
export async function runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
  { signal, progress, deadlineMs = checkDeadlineMs }: CheckRun,
): Promise<readonly CheckReport[]> {
  const reports: CheckReport[] = [];
  try {
    for (const check of checks) {
      signal.throwIfAborted();
      const missing = check.requires.find((name) =>
        reports.some((report) => report.name === name && ['failed', 'skipped'].includes(report.state)),
      );
      const outcome =
        missing === undefined ? await runOne(check, context, { signal, deadlineMs }) : skipped(`needs ${missing}`);
      reports.push({ name: check.name, ...outcome });
      progress?.update(reports.length, checks.length);
    }
  } finally {
    progress?.end();
  }
  return reports;
}

async function runOne<Context>(
  check: Check<Context>,
  context: Context,
  { signal: stop, deadlineMs }: Required<Pick<CheckRun, 'signal' | 'deadlineMs'>>,
): Promise<CheckOutcome> {
  const { promise: tooLate, resolve } = Promise.withResolvers<CheckOutcome>();
  const signal = AbortSignal.any([stop, AbortSignal.timeout(deadlineMs)]);
  const timer = setTimeout(
    () => resolve({ state: 'failed', detail: `no answer within ${deadlineMs / 1_000} s` }),
    deadlineMs,
  );
  const finding = findingOf(check, context, signal);
  try {
    return await Promise.race([finding, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a check throws is its finding. */
async function findingOf<Context>(check: Check<Context>, context: Context, signal: AbortSignal): Promise<CheckOutcome> {
  try {
    return await check.run(context, signal);
  } catch (thrown) {
    const error = classify(thrown);
    // A setting that nobody gave is no fault of the installation: there is nothing to look at.
    return { state: error.code === 'config_invalid' ? 'skipped' : 'failed', detail: error.message };
  }
}

import { classify } from '@trunkline/core';

import type { CommandContext } from '../context.ts';
import { type Check, type CheckOutcome, skipped } from './check.ts';

export interface CheckReport extends CheckOutcome {
  readonly name: string;
}

/** A check that waits for something that does not answer must not hold up the rest. */
export const checkDeadlineMs = 15_000;

/** Runs the checks in order. A check never ends the doctor: what it throws is its finding. */
export async function runChecks(
  checks: readonly Check[],
  context: CommandContext,
  deadlineMs: number = checkDeadlineMs,
): Promise<readonly CheckReport[]> {
  const reports: CheckReport[] = [];
  const progress = context.output.progress('looking');
  try {
    for (const check of checks) {
      context.signal.throwIfAborted();
      const missing = check.requires.find((name) =>
        reports.some((report) => report.name === name && ['failed', 'skipped'].includes(report.state)),
      );
      const outcome = missing === undefined ? await runOne(check, context, deadlineMs) : skipped(`needs ${missing}`);
      reports.push({ name: check.name, ...outcome });
      progress.update(reports.length, checks.length);
    }
  } finally {
    progress.end();
  }
  return reports;
}

async function runOne(check: Check, context: CommandContext, deadlineMs: number): Promise<CheckOutcome> {
  const { promise: tooLate, resolve } = Promise.withResolvers<CheckOutcome>();
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(deadlineMs)]);
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
async function findingOf(check: Check, context: CommandContext, signal: AbortSignal): Promise<CheckOutcome> {
  try {
    return await check.run(context, signal);
  } catch (thrown) {
    const error = classify(thrown);
    // A setting that nobody gave is no fault of the installation: there is nothing to look at.
    return { state: error.code === 'config_invalid' ? 'skipped' : 'failed', detail: error.message };
  }
}

/** What a step came to, the line printed for it, and the table and the count at the end. */

export interface Outcome {
  readonly step: string;
  readonly passed: number;
  /** A line for each thing that failed. */
  readonly failed: readonly string[];
  /** One reason for each thing that this machine cannot run. Printed and counted, so never a silent skip. */
  readonly couldNotRun: readonly string[];
  readonly seconds: number;
}

/** A step that either holds or does not: it counts as one. */
export interface CheckResult {
  readonly succeeded: boolean;
  /** Shown when it failed. */
  readonly output: string;
}

/** Runs one check, prints its line, and its output when it failed. */
export async function runCheck(step: string, check: () => Promise<CheckResult>): Promise<Outcome> {
  const startedAtMs = performance.now();
  const result = await check();
  const seconds = secondsSince(startedAtMs);
  const outcome = {
    step,
    passed: result.succeeded ? 1 : 0,
    failed: result.succeeded ? [] : ['see above'],
    couldNotRun: [],
    seconds,
  };
  console.log(stepLine(outcome));
  if (!result.succeeded && result.output !== '') console.log(result.output.replaceAll(/^/gm, '    '));
  return outcome;
}

export function secondsSince(startedAtMs: number): number {
  return (performance.now() - startedAtMs) / 1000;
}

export function stepLine(outcome: Outcome): string {
  const mark = outcome.failed.length > 0 ? '✗' : outcome.passed > 0 ? '✓' : '○';
  return `${mark} ${outcome.step} (${outcome.seconds.toFixed(1)} s)`;
}

/** The table of all steps, what could not run and what failed by name, and as the last line `N passed, N failed`. */
export function summary(outcomes: readonly Outcome[]): string {
  const width = Math.max(...outcomes.map(({ step }) => step.length), 'step'.length);
  const row = (step: string, cells: readonly string[]): string =>
    [step.padEnd(width), ...cells.map((cell) => cell.padStart(13))].join(' ');
  const reasons = outcomes.flatMap(({ step, couldNotRun }) => couldNotRun.map((reason) => `  ${step}: ${reason}`));
  const failed = outcomes.flatMap((outcome) => outcome.failed.map((name) => `  ${outcome.step}: ${name}`));
  return [
    row('step', ['passed', 'failed', 'could not run', 'seconds']),
    ...outcomes.map((outcome) =>
      row(outcome.step, [
        String(outcome.passed),
        String(outcome.failed.length),
        String(outcome.couldNotRun.length),
        outcome.seconds.toFixed(1),
      ]),
    ),
    ...(reasons.length === 0 ? [] : ['', 'Could not run here:', ...reasons]),
    ...(failed.length === 0 ? [] : ['', 'Failed:', ...failed]),
    '',
    `${sum(outcomes, ({ couldNotRun }) => couldNotRun.length)} could not run here`,
    countLine(outcomes),
  ].join('\n');
}

export function countLine(outcomes: readonly Outcome[]): string {
  return `${sum(outcomes, ({ passed }) => passed)} passed, ${failures(outcomes)} failed`;
}

export function failures(outcomes: readonly Outcome[]): number {
  return sum(outcomes, ({ failed }) => failed.length);
}

function sum(outcomes: readonly Outcome[], figure: (outcome: Outcome) => number): number {
  return outcomes.reduce((total, outcome) => total + figure(outcome), 0);
}

/** What a Vitest run came to, as scripts/test.ts reads it: Vitest's own JSON report leaves out why a test was skipped. */

/** `context.skip('cannot run here: <reason>')` is the only skip that is not a failure. */
export const cannotRunPrefix = 'cannot run here: ';

export interface TierReport {
  readonly passed: number;
  /** `<file> > <test>: <first line of its error>` for each test that failed, or that was under way when its worker died. */
  readonly failed: readonly string[];
  /** `<file> > <test>: <reason>` for each test that said it cannot run on this machine. */
  readonly couldNotRun: readonly string[];
  /** `<file> > <test>` for each test that was skipped in any other way. */
  readonly skipped: readonly string[];
  /** Files that did not load, suites whose hooks failed, and errors that no test caught. */
  readonly errors: readonly string[];
}

/** The environment variable that names the file to write. */
export const tierReportVariable = 'TRUNKLINE_TIER_REPORT';

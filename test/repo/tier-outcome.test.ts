import { describe, expect, it } from 'vitest';

import { summary } from '../../scripts/steps/outcome.ts';
import { outcomeOf, tierArguments, type TierRun } from '../../scripts/steps/tier.ts';
import type { TierReport } from '../setup/tier-report.ts';

const nothing: TierReport = { passed: 0, failed: [], couldNotRun: [], skipped: [], errors: [] };

function runWith(report: Partial<TierReport>, succeeded = true): TierRun {
  return { tier: 'unit', succeeded, report: { ...nothing, ...report }, seconds: 1 };
}

describe('a tier', () => {
  it('counts its passed and failed tests', () => {
    const { outcome } = outcomeOf(runWith({ passed: 3, failed: ['a.test.ts > x: 1 is 2', 'b'] }, false));

    expect(outcome).toMatchObject({ passed: 3, failed: ['a.test.ts > x: 1 is 2', 'b'], couldNotRun: [] });
  });

  it('counts what cannot run here as neither', () => {
    const { outcome } = outcomeOf(runWith({ passed: 3, couldNotRun: ['a.test.ts > x: no Docker'] }));

    expect(outcome).toMatchObject({ passed: 3, failed: [], couldNotRun: ['a.test.ts > x: no Docker'] });
  });

  it('fails by each test that was skipped without saying why', () => {
    const { outcome, complaints } = outcomeOf(runWith({ passed: 3, skipped: ['a.test.ts > x', 'a.test.ts > y'] }));

    expect(outcome.failed).toHaveLength(2);
    expect(complaints).toHaveLength(2);
  });

  it('fails by each file that did not load', () => {
    expect(outcomeOf(runWith({ passed: 3, errors: ['a.test.ts: no such file'] }, false)).outcome.failed).toHaveLength(
      1,
    );
  });

  it('fails when it found no test', () => {
    expect(outcomeOf(runWith({})).outcome.failed).toHaveLength(1);
  });

  it('fails when Vitest crashed before it could report', () => {
    expect(outcomeOf({ ...runWith({}), report: undefined }).outcome.failed).toHaveLength(1);
  });

  it('fails when Vitest failed for a reason of its own', () => {
    expect(outcomeOf(runWith({ passed: 3 }, false)).outcome).toMatchObject({
      passed: 3,
      failed: ['Vitest failed although every test passed.'],
    });
  });
});

describe('the summary', () => {
  it('ends in the count over all steps, after what could not run here and what failed', () => {
    const lines = summary([
      { step: 'types', passed: 1, failed: [], couldNotRun: [], seconds: 1 },
      { step: 'unit', passed: 40, failed: ['c > d: 1 is 2', 'e'], couldNotRun: [], seconds: 1 },
      { step: 'int', passed: 5, failed: [], couldNotRun: ['a > b: no Docker'], seconds: 1 },
    ]).split('\n');

    expect(lines.slice(-2)).toEqual(['1 could not run here', '46 passed, 2 failed']);
    expect(lines).toContain('  int: a > b: no Docker');
    expect(lines).toContain('  unit: c > d: 1 is 2');
  });
});

it('a tier of some files alone names them, and its projects as ever', () => {
  const all = tierArguments('unit', []);

  expect(all).toContain('unit-isolated');
  expect(tierArguments('unit', ['packages/core', 'money'])).toEqual([...all, 'packages/core', 'money']);
});

/** A Vitest reporter that writes a TierReport when the run ends. A run that crashes leaves no report behind. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Reporter, TestCase, TestModule } from 'vitest/node';

import { cannotRunPrefix, type TierReport, tierReportVariable } from './tier-report.ts';

type RunEnd = Parameters<NonNullable<Reporter['onTestRunEnd']>>;

export default class TierReporter implements Reporter {
  onTestRunEnd(...[modules, unhandledErrors]: RunEnd): void {
    const file = process.env[tierReportVariable];
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(reportOf(modules, unhandledErrors), undefined, 2)}\n`);
  }
}

function reportOf(modules: readonly TestModule[], unhandledErrors: RunEnd[1]): TierReport {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (state: string): readonly TestCase[] => tests.filter((test) => test.result().state === state);
  const skipped = inState('skipped');
  return {
    passed: inState('passed').length,
    // A test still pending when the run ended belongs to a worker that died.
    failed: [...inState('failed'), ...inState('pending')].map(failureOf),
    couldNotRun: skipped
      .filter(saysWhy)
      .map((test) => `${nameOf(test)}: ${noteOf(test).slice(cannotRunPrefix.length)}`),
    skipped: skipped.filter((test) => !saysWhy(test)).map(nameOf),
    errors: [
      ...modules.flatMap(suiteErrors),
      ...modules.filter(endedWithoutTests).map((module) => `${module.relativeModuleId}: ended without a test`),
      ...unhandledErrors.map((error) => `not caught by any test: ${error.message}`),
    ],
  };
}

function suiteErrors(module: TestModule): readonly string[] {
  return [module, ...module.children.allSuites()].flatMap((suite) =>
    suite.errors().map((error) => `${module.relativeModuleId}: ${error.message}`),
  );
}

function endedWithoutTests(module: TestModule): boolean {
  return module.errors().length === 0 && [...module.children.allTests()].length === 0;
}

function saysWhy(test: TestCase): boolean {
  return noteOf(test).startsWith(cannotRunPrefix);
}

function noteOf(test: TestCase): string {
  const result = test.result();
  return result.state === 'skipped' ? (result.note ?? '') : '';
}

function failureOf(test: TestCase): string {
  const [error] = test.result().errors ?? [];
  return `${nameOf(test)}: ${error?.message.split('\n', 1)[0] ?? 'did not end'}`;
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

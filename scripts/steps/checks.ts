/** Everything about the sources that needs no test to run: what `npm run check` runs and `npm test` begins with. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type Command, root, runCommand } from './command.ts';
import { type Outcome, runCheck } from './outcome.ts';

/** tsc takes the longest: some 10 s on two cores, a minute on a busy machine. */
const deadlineMs = 300_000;

interface Check {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  { name: 'types', program: 'tsc', args: ['--noEmit', '--pretty', 'false', '-p', 'tsconfig.json'] },
  { name: 'lint', program: 'oxlint', args: ['.'] },
  { name: 'format (npm run format repairs it)', program: 'oxfmt', args: ['--check', '.'] },
  { name: 'migrations', program: 'node', args: ['scripts/check-migrations.ts'] },
];
const generated: Check = {
  name: 'generated files (npm run generate renews them)',
  program: 'node',
  args: ['--conditions=@trunkline/source', 'scripts/generate.ts', '--check'],
};

/** Runs them two at a time, and all of them, so that one run shows every failure. */
export async function runChecks(signal: AbortSignal): Promise<readonly Outcome[]> {
  const waiting = existsSync(join(root, 'scripts/generate.ts')) ? [...checks, generated] : [...checks];
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const command: Command = { program: check.program, args: check.args, deadlineMs, signal };
      outcomes.push(await runCheck(check.name, () => runCommand(command)));
    }
  };
  await Promise.all([worker(), worker()]);
  return outcomes;
}

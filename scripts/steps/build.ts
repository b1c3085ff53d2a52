/** Builds everything as the production images do, then loads what came out under plain Node. */
import { runCommand } from './command.ts';
import { type Outcome, runCheck } from './outcome.ts';
import { workspaceFolders } from './references.ts';

const buildDeadlineMs = 300_000;
const smokeDeadlineMs = 120_000;

export async function buildAndSmoke(signal: AbortSignal): Promise<readonly Outcome[]> {
  const build = await runCheck('build', () =>
    runCommand({
      program: 'tsc',
      // One process for all packages: one for each reads the types of the libraries once for each.
      args: ['-b', '--pretty', 'false', ...workspaceFolders().map((folder) => `${folder}/tsconfig.build.json`)],
      deadlineMs: buildDeadlineMs,
      signal,
    }),
  );
  const smoke = await runCheck('built output loads under plain Node', async () =>
    build.failed.length > 0
      ? { succeeded: false, output: 'not tried: the build failed' }
      : // No condition and no options: exactly how an image starts it.
        runCommand({
          program: 'node',
          args: ['scripts/load-built.mjs'],
          deadlineMs: smokeDeadlineMs,
          signal,
          env: { NODE_OPTIONS: undefined },
        }),
  );
  return [build, smoke];
}

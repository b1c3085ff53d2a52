/** Builds everything as the production images do, then loads what came out under plain Node. */
import { runCommand } from './command.ts';
import { type Outcome, runCheck } from './outcome.ts';

const buildDeadlineMs = 300_000;
const smokeDeadlineMs = 120_000;

export async function buildAndSmoke(signal: AbortSignal): Promise<readonly Outcome[]> {
  const build = await runCheck('build', () =>
    runCommand({
      program: 'turbo',
      args: ['run', 'build', '--output-logs=errors-only', '--concurrency=2'],
      deadlineMs: buildDeadlineMs,
      signal,
      env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
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

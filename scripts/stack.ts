/**
 * `npm run stack`: only the servers, in the foreground, on their stable ports. Prints what another shell must export to
 * use them, and writes the same to .trunkline/stack.env while they run.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { messageOf, TrunklineError } from '@trunkline/core';
import {
  createProgress,
  followStack,
  partTitles,
  resolveStack,
  runningStackPid,
  stackExports,
  stackKindOf,
  type Stack,
} from '@trunkline/stack';

const trunklineDir = join(import.meta.dirname, '..', '.trunkline');
const dataDir = join(trunklineDir, 'data');
const envFile = join(trunklineDir, 'stack.env');

try {
  await main();
} catch (error) {
  process.stderr.write(`trunkline: ${messageOf(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  if (stackKindOf(process.env) === 'env') {
    throw new TrunklineError(
      'config_invalid',
      'TRUNKLINE_STACK=env names servers that run already: unset TRUNKLINE_STACK to start some',
    );
  }
  const stopRequest = onStopRequest();
  // Left by a run that was killed; one that still runs keeps its own.
  if ((await runningStackPid(dataDir)) === undefined) await rm(envFile, { force: true });
  const stack = await start(stopRequest);
  const lines = stackExports(stack);
  await writeEnvFile(lines);
  process.stdout.write(`${lines.join('\n')}\n`);
  process.stderr.write(`\n${stack.description}\nIn another shell: source .trunkline/stack.env\nCtrl-C stops it.\n`);
  await untilAborted(stopRequest);
  process.stderr.write('Stopping …\n');
  await rm(envFile, { force: true });
  await stack.stop();
}

async function start(signal: AbortSignal): Promise<Stack> {
  const progress = createProgress(process.stderr);
  const follow = followStack(progress);
  let isUp = false;
  try {
    const stack = await resolveStack({
      env: process.env,
      dataDir,
      ports: 'stable',
      signal,
      onProgress: (event) => {
        // Once everything is up, the only news is that a server ended by itself.
        if (!isUp) follow(event);
        else if (event.state === 'failed')
          process.stderr.write(`${partTitles[event.part]}: ${event.detail ?? 'failed'}\n`);
      },
    });
    isUp = true;
    return stack;
  } finally {
    progress.close();
  }
}

/** It holds the database's password, hence the mode; whole or not at all, because others wait for it to appear. */
async function writeEnvFile(lines: readonly string[]): Promise<void> {
  await writeFile(`${envFile}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
  await rename(`${envFile}.new`, envFile);
}

function onStopRequest(): AbortSignal {
  const aborter = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => aborter.abort(new Error(`stopped by ${signal}`)));
  }
  return aborter.signal;
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // A stack of containers leaves nothing open that would keep this process alive.
  const keepAlive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(keepAlive);
}

/**
 * `npm run helm`: builds Helm from the Go module in test/helm into the cache folder, once (4 minutes on two cores), and
 * renders the chart with each value set into test/helm/renders, which the tests read where there is no Helm.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { helmBinary, helmModule, renderFile, rendersFolder, template, valueSets } from '../test/helm/helm.ts';
import { runCommand } from './steps/command.ts';

const buildDeadlineMs = 3_600_000;
const command = 'helm.sh/helm/v3/cmd/helm';

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());

if (await build()) await render();
else process.exitCode = 1;

async function build(): Promise<boolean> {
  if (helmBinary.isThere()) return true;
  console.log(`building ${helmBinary.path}: some minutes`);
  await mkdir(dirname(helmBinary.path), { recursive: true });
  const { succeeded, output } = await runCommand({
    program: 'go',
    // One package at a time: the machine is somebody's who works on it.
    args: ['build', '-C', helmModule, '-p', '1', '-trimpath', '-ldflags=-s -w', '-o', helmBinary.path, command],
    deadlineMs: buildDeadlineMs,
    signal: stopped.signal,
    live: true,
  });
  if (!succeeded)
    console.error(`Helm was not built${output === '' ? '' : `: ${output}`}; it needs the Go of test/helm/go.mod`);
  return succeeded;
}

async function render(): Promise<void> {
  await rm(rendersFolder, { recursive: true, force: true });
  await mkdir(rendersFolder);
  for (const set of valueSets) {
    const { succeeded, output, complaint } = template(set);
    if (succeeded) await writeFile(renderFile(set), output);
    else {
      console.error(`${set}: ${complaint}`);
      process.exitCode = 1;
    }
  }
  console.log(`${valueSets.length} renders in ${rendersFolder}`);
}

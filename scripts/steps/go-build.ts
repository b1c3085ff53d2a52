/** Builds programs from Go modules of ours into the cache folder, once. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { GoBinary } from '../../test/setup/go-binary.ts';
import { runCommand } from './command.ts';

const buildDeadlineMs = 3_600_000;

/** Builds each that is not there. What went wrong is on standard error, and the exit code 1. */
export async function buildGo(
  binaries: readonly GoBinary[],
  { needs, flags = [] }: { readonly needs: string; readonly flags?: readonly string[] },
): Promise<void> {
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  for (const binary of binaries) {
    const { path, module, command } = binary;
    if (binary.isThere()) {
      console.log(`${path} is there`);
      continue;
    }
    console.log(`building ${path}: some minutes`);
    await mkdir(dirname(path), { recursive: true });
    const { succeeded, output } = await runCommand({
      program: 'go',
      // One package at a time: the machine is somebody's who works on it.
      args: ['build', '-C', module, '-p', '1', '-trimpath', '-ldflags=-s -w', ...flags, '-o', path, command],
      deadlineMs: buildDeadlineMs,
      signal: stopped.signal,
      live: true,
    });
    if (succeeded) continue;
    console.error(`${path} was not built${output === '' ? '' : `: ${output}`}; it needs ${needs}`);
    process.exitCode = 1;
    return;
  }
}

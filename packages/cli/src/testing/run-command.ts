import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import type { Clock } from '@trunkline/core';

import { runCli } from '../run-cli.ts';
import { createScreen, type Screen } from './screen.ts';

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandWorld {
  readonly environment?: NodeJS.ProcessEnv;
  /** Where the command is typed; a directory without an installation unless given. */
  readonly directory?: string;
  readonly stdin?: Uint8Array;
  /** What is typed in front of: a pipe unless given. */
  readonly stdout?: Screen;
  readonly stderr?: Screen;
  /** Ctrl-C. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

const deadlineMs = 60_000;

/** Runs a command line in this process. */
export async function runCommandLine(words: readonly string[], world: CommandWorld = {}): Promise<CommandResult> {
  const { stdout = createScreen(), stderr = createScreen(), clock = Date.now } = world;
  const deadline = AbortSignal.timeout(deadlineMs);
  const exitCode = await runCli(words, {
    stdout,
    stderr,
    readStdin: () => Promise.resolve(world.stdin ?? new Uint8Array()),
    environment: world.environment ?? {},
    directory: world.directory ?? path.parse(process.cwd()).root,
    signal: world.signal === undefined ? deadline : AbortSignal.any([world.signal, deadline]),
    clock,
  });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

/** Starts a command line as people do: the bin, as a process of its own. */
export function startBin(words: readonly string[], world: CommandWorld = {}): ChildProcessWithoutNullStreams {
  const bin = path.resolve(import.meta.dirname, '..', '..', 'bin', 'trunkline.mjs');
  return spawn(process.execPath, [bin, ...words], {
    cwd: world.directory ?? path.parse(process.cwd()).root,
    env: { PATH: process.env['PATH'], ...world.environment },
    timeout: deadlineMs,
  });
}

/** As startBin, and waits for its end. */
export async function runBin(words: readonly string[], world: CommandWorld = {}): Promise<CommandResult> {
  const child = startBin(words, world);
  child.stdin.end(world.stdin ?? '');
  const exited = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => (code === null ? reject(new Error(`ended by ${signal}`)) : resolve(code)));
  });
  const [exitCode, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}

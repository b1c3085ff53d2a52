/** Runs a short-lived program to its end and keeps what it said. */
import { spawn } from 'node:child_process';

import { foreignCode, TrunklineError } from '@trunkline/core';

export interface ToolOptions {
  readonly deadlineMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Written to its standard input. */
  readonly input?: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

export interface ToolResult {
  readonly exitCode: number;
  /** Standard output and error together, the last 64 KiB. */
  readonly output: string;
}

const outputLimit = 64 * 1024;

/** Throws `config_invalid` with the cause when the program does not exist, `dependency_unavailable` when it takes too long. */
export async function runTool(command: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const late = AbortSignal.timeout(options.deadlineMs);
  const signal = options.signal === undefined ? late : AbortSignal.any([late, options.signal]);
  try {
    return await runToEnd(command, args, { ...options, signal });
  } catch (error) {
    if (foreignCode(error) === 'ENOENT')
      throw new TrunklineError('config_invalid', `${command} is not installed`, { cause: error });
    if (late.aborted) {
      throw new TrunklineError('dependency_unavailable', `${command} took longer than ${options.deadlineMs / 1000} s`, {
        cause: error,
      });
    }
    throw error;
  }
}

async function runToEnd(command: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...options.env },
      signal: options.signal,
      killSignal: 'SIGKILL',
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-outputLimit);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    // A program that ends without reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? -1, output }));
  });
}

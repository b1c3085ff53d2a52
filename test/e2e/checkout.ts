/** `npm start` in a checkout of its own: the scripts are copied, what they use is linked, and its state is nobody else's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { until } from '@trunkline/installation';

import { killProcessesMentioning, processesMentioning } from './processes.ts';
import { root } from './world.ts';

export interface Checkout {
  readonly directory: string;
  /** A file of the checkout, absolute. */
  file(name: string): string;
  write(name: string, text: string): string;
  /** A folder that holds these programs, as far as this machine has them, and no others: a PATH. */
  pathWith(...programs: readonly string[]): string;
  /** What `npm start` runs, with this environment and nothing else. */
  start(env: Readonly<Record<string, string>>): StartRun;
  /** The processes it has left: each names the checkout in its command line. */
  processes(): readonly string[];
  /** Ends what a failed test may have left, and the folder. */
  remove(): Promise<void>;
}

export interface StartRun {
  stdout(): string;
  stderr(): string;
  readonly exited: Promise<number | null>;
  hasExited(): boolean;
  interrupt(): void;
}

const copied = ['scripts', 'package.json', 'package-lock.json', 'trunkline.yaml'];
const linked = ['node_modules', 'packages', 'services', 'schemas'];
const stopDeadlineMs = 15_000;

export function createCheckout(): Checkout {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'trunkline-start-')));
  const file = (name: string): string => join(directory, name);
  for (const name of copied) cpSync(join(root, name), file(name), { recursive: true });
  for (const name of linked) symlinkSync(join(root, name), file(name));
  const running = new Set<ChildProcess>();

  return {
    directory,
    file,
    write: (name, text) => {
      writeFileSync(file(name), text);
      return file(name);
    },
    pathWith: (...programs) => {
      const folder = file(`bin-${programs.join('-') || 'none'}`);
      mkdirSync(folder, { recursive: true });
      for (const program of programs) {
        const found = whereIs(program);
        if (found !== undefined) symlinkSync(found, join(folder, program));
      }
      return folder;
    },
    start: (env) => {
      const child = spawn(process.execPath, ['scripts/bootstrap.mjs', 'scripts/start.ts'], {
        cwd: directory,
        // Without npm on the PATH: the dependencies are linked, so nothing may install them here.
        env: { PATH: '', HOME: process.env['HOME'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running.add(child);
      const said = { stdout: '', stderr: '' };
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said.stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said.stderr += chunk));
      return {
        stdout: () => said.stdout,
        stderr: () => said.stderr,
        exited: new Promise((resolve, reject) => {
          child.on('error', reject).on('close', (code) => {
            running.delete(child);
            resolve(code);
          });
        }),
        hasExited: () => !running.has(child),
        interrupt: () => {
          child.kill('SIGINT');
        },
      };
    },
    processes: () => processesMentioning(directory),
    remove: async () => {
      for (const child of running) child.kill('SIGTERM');
      await until('npm start has ended', () => running.size === 0, { deadlineMs: stopDeadlineMs });
      killProcessesMentioning(directory);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function whereIs(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((candidate) => existsSync(candidate));
}

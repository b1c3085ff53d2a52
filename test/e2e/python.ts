/** A Python with the packages of a requirements file: installed once, kept in the cache folder, the same for all runs. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { messageOf } from '@trunkline/core';
import { cacheDirOf } from '@trunkline/stack';

export type Python =
  | { readonly command: string }
  /** Why there is none, for `context.skip`. */
  | { readonly missing: string };

const run = promisify(execFile);
const names = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9', 'python'];
const versionDeadlineMs = 10_000;
/** 12 MB of wheels take seconds; more than this is better said than waited for. */
const installDeadlineMs = 150_000;

export async function pythonWith(requirementsFile: string): Promise<Python> {
  const found = await findPython();
  if (found === undefined) return { missing: 'Python 3.9 or newer is not installed' };
  const requirements = readFileSync(requirementsFile, 'utf8');
  const digest = createHash('sha256').update(`${found.version}\n${requirements}`).digest('hex').slice(0, 16);
  const folder = join(cacheDirOf(process.env, homedir()), `python-${digest}`);
  try {
    if (!existsSync(folder)) await install(found.command, requirementsFile, folder);
  } catch (error) {
    return { missing: `the packages for Python were not installed: ${messageOf(error).slice(0, 2_000)}` };
  }
  return { command: pythonIn(folder) };
}

interface FoundPython {
  readonly command: string;
  /** With platform and architecture: another one needs other wheels. */
  readonly version: string;
}

async function findPython(): Promise<FoundPython | undefined> {
  const question =
    'import platform, sys; print(sys.version_info >= (3, 9), sys.version.split()[0], sys.executable, platform.platform())';
  for (const command of names) {
    const answer = await run(command, ['-c', question], { timeout: versionDeadlineMs }).catch(() => undefined);
    if (answer?.stdout.startsWith('True ')) return { command, version: answer.stdout.trim() };
  }
  return undefined;
}

/** Made aside and moved, so that the folder is complete or absent: a venv whose python is called by its path may move. */
async function install(command: string, requirementsFile: string, folder: string): Promise<void> {
  const aside = `${folder}.${process.pid}`;
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--only-binary', ':all:'];
  try {
    mkdirSync(aside, { recursive: true });
    await run(command, ['-m', 'venv', aside], { timeout: installDeadlineMs });
    await run(pythonIn(aside), [...pip, '-r', requirementsFile], { timeout: installDeadlineMs });
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    // Another run was quicker: its folder is as good.
    if (!existsSync(folder)) throw error;
  }
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python');
}

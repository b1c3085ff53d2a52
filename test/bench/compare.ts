/**
 * What a change did to a benchmark: this tree and another revision of it measured in turn, each by its own programs, and
 * every figure held against the other's of the same round.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { TrunklineError } from '@trunkline/core';

import { numberText, type OutcomeJson, tableText } from './report.ts';
import { median, ratios, spread } from './statistics.ts';

export interface CompareOptions {
  readonly root: string;
  /** Anything git knows: `HEAD~3`, a branch, a tag. */
  readonly revision: string;
  readonly names: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** One figure on both sides, round by round. */
export interface Compared {
  readonly benchmark: string;
  readonly label: string;
  readonly unit: string;
  readonly here: readonly number[];
  readonly there: readonly number[];
}

/** Checks the revision out beside the data of the run, measures A B A B …, and takes the checkout away again. */
export async function compare(options: CompareOptions): Promise<readonly Compared[]> {
  const { root, revision, rounds, signal } = options;
  const commit = commitOf(root, revision);
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-compare-'));
  const there = join(folder, 'tree');
  try {
    await run('git', ['-C', root, 'worktree', 'add', '--detach', there, commit], { signal });
    await installFrom(root, there, options);
    const found: { readonly here: OutcomeJson[][]; readonly there: OutcomeJson[][] } = { here: [], there: [] };
    for (let round = 1; round <= rounds; round += 1) {
      options.onProgress(`round ${round} of ${rounds}: this tree`);
      found.here.push(await measure(root, join(folder, 'here.json'), options));
      options.onProgress(`round ${round} of ${rounds}: ${revision}`);
      found.there.push(await measure(there, join(folder, 'there.json'), options));
    }
    return comparedOf(found.here, found.there);
  } finally {
    await run('git', ['-C', root, 'worktree', 'remove', '--force', there], {}).catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

const run = promisify(execFile);

function commitOf(root: string, revision: string): string {
  try {
    const args = ['-C', root, 'rev-parse', '--verify', '--quiet', `${revision}^{commit}`];
    return execFileSync('git', args, { encoding: 'utf8' }).trim();
  } catch (error) {
    throw new TrunklineError('config_invalid', `--compare ${revision}: git knows no such revision here`, {
      cause: error,
    });
  }
}

/** The same dependencies are linked, file by file; others are installed. */
async function installFrom(root: string, there: string, { signal, onProgress }: CompareOptions): Promise<void> {
  const lock = (tree: string): string => readFileSync(join(tree, 'package-lock.json'), 'utf8');
  if (lock(root) !== lock(there)) {
    onProgress('other dependencies there: npm ci');
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: there, signal });
    return;
  }
  const { stdout } = await run('git', ['-C', root, 'ls-files', '*package.json'], {});
  for (const file of stdout.trim().split('\n')) {
    const modules = join(file, '..', 'node_modules');
    if (existsSync(join(root, modules)) && existsSync(join(there, file)))
      await run('cp', ['-al', join(root, modules), join(there, modules)], { signal });
  }
}

async function measure(tree: string, file: string, options: CompareOptions): Promise<OutcomeJson[]> {
  const { names, seconds, signal } = options;
  const args = [...names, '--rounds', '1', '--seconds', String(seconds), '--json', file];
  const child = spawn('npm', ['run', '--silent', 'bench', '--', ...args], {
    cwd: tree,
    stdio: ['ignore', 'ignore', 'inherit'],
    signal,
    killSignal: 'SIGTERM',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the benchmarks of ${tree} ended with ${code ?? 'a signal'}`);
  return JSON.parse(readFileSync(file, 'utf8')) as OutcomeJson[];
}

/** The figures both sides have, in the order of this tree. */
export function comparedOf(
  here: readonly (readonly OutcomeJson[])[],
  there: readonly (readonly OutcomeJson[])[],
): readonly Compared[] {
  return (here[0] ?? []).flatMap(({ name, figures }) =>
    figures.flatMap(({ label, unit }) => {
      const [ours, theirs] = [here, there].map((side) => side.flatMap((round) => firstOf(round, name, label))) as [
        number[],
        number[],
      ];
      const isWhole = ours.length === here.length && theirs.length === there.length;
      return isWhole ? [{ benchmark: name, label, unit, here: ours, there: theirs }] : [];
    }),
  );
}

function firstOf(round: readonly OutcomeJson[], name: string, label: string): readonly number[] {
  const outcome = round.find((one) => one.name === name);
  return outcome?.figures.find((figure) => figure.label === label)?.perRound.slice(0, 1) ?? [];
}

/** A table for people: the median of each side, and of the ratios of the rounds. */
export function renderComparison(compared: readonly Compared[], revision: string): string {
  const rows = compared.map(({ benchmark, label, unit, here, there }) => {
    const perRound = ratios(here, there);
    const [smallest, largest] = spread(perRound);
    return [
      `${benchmark}: ${label}`,
      `${numberText(median(here))} ${unit}`,
      `${numberText(median(there))} ${unit}`,
      `${numberText(median(perRound))} ×`,
      perRound.length === 1 ? '' : `${numberText(smallest)} – ${numberText(largest)}`,
    ];
  });
  return tableText([['', 'this tree', revision, 'this ÷ that', 'spread'], ...rows]);
}

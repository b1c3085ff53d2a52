import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { SourceCatalog } from '../catalog.ts';
import { type LoadedSources, type LoadOptions, loadSources } from '../load.ts';
import type { Problem } from '../problem.ts';

/** A folder of the test that is running; gone when it ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-sources-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the way editors do: a new file that takes the place of the old one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** A file with one Stripe source; `more` is written into that source, `after` behind it. */
export function fileText({ more = '', after = '' }: { readonly more?: string; readonly after?: string } = {}): string {
  const source = ['- id: src_a', 'tenant: tnt_a', 'provider: stripe', 'account: acct_1', 'secrets: [env:A]'];
  const lines = [...source, ...(more === '' ? [] : more.split('\n'))].map(
    (line, index) => `${index === 0 ? '  ' : '    '}${line}`,
  );
  return `version: 1\ntenants:\n  - { id: tnt_a, name: A }\nsources:\n${lines.join('\n')}\n${after}`;
}

/** An entry on one line, for `after`. */
export function entry(parts: Readonly<Record<string, string>>): string {
  const all = { tenant: 'tnt_a', provider: 'stripe', account: 'acct_2', secrets: '[env:A]', ...parts };
  const pairs = Object.entries(all).filter(([, value]) => value !== '');
  return `  - { ${pairs.map(([key, value]) => `${key}: ${value}`).join(', ')} }\n`;
}

export async function load(text: string, options: Partial<LoadOptions> = {}): Promise<LoadedSources> {
  const path = join(await temporaryFolder(), 'trunkline.yaml');
  await writeFile(path, text);
  return loadSources(path, { env: { A: 'whsec_a' }, ...options });
}

export async function catalogOf(text: string, options: Partial<LoadOptions> = {}): Promise<SourceCatalog> {
  const loaded = await load(text, options);
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems, undefined, 1));
  return loaded.catalog;
}

export async function problemsOf(text: string): Promise<readonly Problem[]> {
  const loaded = await load(text);
  return 'problems' in loaded ? loaded.problems : [];
}

export async function warningsOf(text: string, options: Partial<LoadOptions> = {}): Promise<readonly Problem[]> {
  const loaded = await load(text, options);
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems, undefined, 1));
  return loaded.warnings;
}

/** Where, which setting, what and what to do, in one text each. */
export function told(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ line, column, path, message, fix }) => `${line}:${column} ${path}: ${message}; ${fix}`);
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Directory } from '../directory/directory.ts';
import { loadDirectory, type LoadedDirectory } from '../directory/load.ts';
import { temporaryFolder } from './temporary-sources.ts';

export interface DirectoryParts {
  /** Of the tenant tnt_a. */
  readonly region?: string;
  /** Each an entry of its list, in braces. */
  readonly people?: readonly string[];
  readonly phones?: readonly string[];
  readonly operators?: readonly string[];
}

export const ada =
  '{ id: per_ada, tenant: tnt_a, name: Ada, channels: [{ id: sms, kind: sms, to: "+15005550007" }, { id: mail, kind: email, to: Ada@acme.example }] }';
export const bob =
  '{ id: per_bob, tenant: tnt_a, name: Bob, language: de, channels: [{ id: mail, kind: email, to: bob@acme.example }, { id: ops, kind: slack, connection: con_slack, channel: C0123 }] }';

/** A file of two tenants with a source each; line 7 has the first person, the phones follow. */
export function directoryText({ region, people = [], phones = [], operators = [] }: DirectoryParts = {}): string {
  const source = (id: string, tenant: string): string =>
    `  - { id: ${id}, tenant: ${tenant}, provider: stripe, account: acct_${tenant.slice(-1)}, secrets: [env:A] }\n`;
  const list = (name: string, entries: readonly string[]): string =>
    entries.length === 0 ? `${name}: []\n` : `${name}:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
  const tenants = `  - { id: tnt_a, name: A${region === undefined ? '' : `, region: ${region}`} }\n  - { id: tnt_b, name: B }\n`;
  return `version: 1\ntenants:\n${tenants}sources:\n${source('src_a', 'tnt_a')}${source('src_b', 'tnt_b')}${list('people', people)}${list('phones', phones)}${list('operators', operators)}`;
}

export async function loadDirectoryText(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<LoadedDirectory> {
  const path = join(await temporaryFolder(), 'trunkline.yaml');
  await writeFile(path, text);
  return loadDirectory(path, { env });
}

export async function directoryOf(parts: DirectoryParts, env?: Readonly<Record<string, string>>): Promise<Directory> {
  const loaded = await loadDirectoryText(directoryText(parts), env);
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems, undefined, 1));
  return loaded.directory;
}

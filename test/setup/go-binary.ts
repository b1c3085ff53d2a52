import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { cacheDirOf } from '@trunkline/stack';

/** A program that is built from a Go module of ours, once, and kept with the other downloads. */
export interface GoBinary {
  readonly path: string;
  /** The folder of the module, which names what the program is made of, with hashes. */
  readonly module: string;
  /** The package of its main function. */
  readonly command: string;
  isThere(): boolean;
}

/** Kept by the version of `dependency` in the module: an update asks for another build. */
export function goBinary(
  module: string,
  { dependency, command }: { readonly dependency: string; readonly command: string },
): GoBinary {
  const name = command.split('/').at(-1) ?? command;
  const version = versionIn(join(module, 'go.mod'), dependency);
  const folder = `${dependency.split('/').at(-1)}-${version}`;
  const path = join(cacheDirOf(process.env, homedir()), folder, name);
  return { path, module, command, isThere: () => existsSync(path) };
}

function versionIn(goMod: string, dependency: string): string {
  const line = readFileSync(goMod, 'utf8')
    .split('\n')
    .find((each) =>
      each
        .replace(/^require/, '')
        .trim()
        .startsWith(`${dependency} v`),
    );
  const [, version] = / (v[0-9.]+)/.exec(line ?? '') ?? [];
  if (version === undefined) throw new Error(`${goMod} names no version of ${dependency}`);
  return version;
}

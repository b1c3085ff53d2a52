/** The Helm that `npm run helm` builds, and what it makes of the chart. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

import { cacheDirOf } from '@trunkline/stack';

/** The Go module that names Helm and all that it is made of, with their hashes. */
export const helmModule: string = import.meta.dirname;
export const chartFolder: string = join(import.meta.dirname, '../../helm/trunkline');
export const rendersFolder: string = join(import.meta.dirname, 'renders');

/** Kept with the other downloads, by its version: an update of the module asks for another build. */
export const helmBinary: { readonly path: string; isThere(): boolean } = {
  path: join(cacheDirOf(process.env, homedir()), `helm-${versionIn(join(helmModule, 'go.mod'))}`, 'helm'),
  isThere: () => existsSync(helmBinary.path),
};

/** What the chart is rendered for, unless a test says otherwise. */
const kubernetesVersion = '1.34.0';
const deadlineMs = 110_000;

/** The names of the files below values/, each a way of running Trunkline. */
export const valueSets: readonly string[] = globSync('values/*.yaml', { cwd: import.meta.dirname })
  .map((file) => basename(file, '.yaml'))
  .toSorted();

export function valuesFile(set: string): string {
  return join(import.meta.dirname, 'values', `${set}.yaml`);
}

export function renderFile(set: string): string {
  return join(rendersFolder, `${set}.yaml`);
}

export interface HelmAnswer {
  readonly succeeded: boolean;
  readonly output: string;
  readonly complaint: string;
}

/** Waits for it: it takes a fifth of a second, and nothing else has to happen meanwhile. */
export function helm(args: readonly string[]): HelmAnswer {
  const { status, stdout, stderr, error } = spawnSync(helmBinary.path, [...args], {
    encoding: 'utf8',
    timeout: deadlineMs,
    maxBuffer: 16 * 1024 * 1024,
  });
  return { succeeded: status === 0, output: stdout ?? '', complaint: `${stderr ?? ''}${error?.message ?? ''}` };
}

/** `helm template` of a value set, with single values over it, as `--set-json` takes them. */
export function template(set: string, over: Readonly<Record<string, unknown>> = {}): HelmAnswer {
  const changes = Object.entries(over).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`]);
  const args = ['template', 'trunkline', chartFolder, '--kube-version', kubernetesVersion];
  return helm([...args, '--values', valuesFile(set), ...changes]);
}

export function lint(set: string): HelmAnswer {
  return helm(['lint', chartFolder, '--strict', '--kube-version', kubernetesVersion, '--values', valuesFile(set)]);
}

function versionIn(goMod: string): string {
  const [, version] = /helm\.sh\/helm\/v3 (v[0-9.]+)/.exec(readFileSync(goMod, 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${goMod} names no version of Helm`);
  return version;
}

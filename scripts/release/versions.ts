/** Where this repository says which version it is: one, of packages, image and chart. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface StatedVersion {
  /** From the root of the repository. */
  readonly file: string;
  readonly version: string;
}

/** Every place that states it, the root's own package.json first. */
export function statedVersions(root: string): readonly StatedVersion[] {
  const manifests = ['package.json', ...globSync('{packages,services}/*/package.json', { cwd: root }).toSorted()];
  return [
    ...manifests.map((file) => ({ file, version: versionOf(JSON.parse(readFileSync(join(root, file), 'utf8'))) })),
    ...texts.flatMap(({ file, pattern }) => {
      const found = [...readFileSync(join(root, file), 'utf8').matchAll(pattern)];
      if (found.length === 0) return [{ file, version: 'none' }];
      return found.map(([, version = 'none']) => ({ file, version }));
    }),
  ];
}

const texts: readonly { readonly file: string; readonly pattern: RegExp }[] = [
  { file: 'Dockerfile', pattern: /^ARG VERSION=(\S+)$/gm },
  { file: 'helm/trunkline/Chart.yaml', pattern: /^(?:version|appVersion): (\S+)$/gm },
];

function versionOf(manifest: unknown): string {
  return typeof manifest === 'object' &&
    manifest !== null &&
    'version' in manifest &&
    typeof manifest.version === 'string'
    ? manifest.version
    : 'none';
}

/** The project references that `tsc -b` needs: for each package, the packages its package.json depends on. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { root } from './command.ts';

export interface ReferencesFile {
  readonly file: string;
  readonly expected: string;
}

/** The tsconfig.build.json files that differ from what package.json says. */
export function staleReferences(): readonly ReferencesFile[] {
  return workspaceFolders()
    .map((folder) => ({ file: join(root, folder, 'tsconfig.build.json'), expected: expectedFor(folder) }))
    .filter(({ file, expected }) => !existsSync(file) || readFileSync(file, 'utf8') !== expected);
}

/** `packages/<name>` and `services/<name>`, as npm's workspaces are. */
export function workspaceFolders(): readonly string[] {
  return globSync('{packages,services}/*/package.json', { cwd: root })
    .map((file) => file.replaceAll('\\', '/').replace(/\/package\.json$/, ''))
    .sort();
}

export function dependenciesOf(folder: string): Readonly<Record<string, string>> {
  // npm has read this file before us, and a package.json with another shape fails `npm install`.
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  return manifest.dependencies ?? {};
}

/** Spaced as the formatter does it, so that the two do not argue. */
function expectedFor(folder: string): string {
  const references = Object.keys(dependenciesOf(folder))
    .filter((name) => name.startsWith('@trunkline/'))
    .sort()
    .map((name) => relative(folder, `packages/${name.slice('@trunkline/'.length)}/tsconfig.build.json`))
    .map((path) => `{ "path": "${path.replaceAll('\\', '/')}" }`);
  const oneLine = `  "references": [${references.join(', ')}]`;
  const list = oneLine.length <= printWidth ? oneLine : `  "references": [\n    ${references.join(',\n    ')}\n  ]`;
  return `{\n  "extends": "../../tsconfig.build.json",\n${list}\n}\n`;
}

/** As in .oxfmtrc.json. */
const printWidth = 120;

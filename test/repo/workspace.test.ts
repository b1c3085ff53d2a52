import { globSync, readFileSync } from 'node:fs';
import { join, matchesGlob, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { ownerOf, sharedLibraries, testCode, testPackages, units } from '../../scripts/lint/architecture.ts';
import { type LockFile, missingPlatforms, unverified, withoutIntegrity } from '../../scripts/steps/lock-platforms.ts';
import { dependenciesOf, staleReferences, workspaceFolders } from '../../scripts/steps/references.ts';

const root = resolve(import.meta.dirname, '../..');
const scope = '@trunkline/';
const folders = workspaceFolders();

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

function sourcesOf(folder: string): string {
  const files = globSync(`${folder}/{src,bin}/**/*.{ts,mjs}`, { cwd: root });
  return files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
}

describe('the table of who may import what', () => {
  it('has a row for every workspace package', () => {
    expect(folders.filter((folder) => units[folder] === undefined)).toEqual([]);
  });

  it('lets no package reach itself', () => {
    const reaches = (from: string, to: string, seen: ReadonlySet<string> = new Set()): boolean =>
      (units[`packages/${from}`]?.uses ?? []).some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, new Set([...seen, next]))),
      );
    const names = Object.keys(units).map((folder) => folder.split('/')[1] ?? '');

    expect(names.filter((name) => reaches(name, name))).toEqual([]);
  });

  it('gives every outside library one owner', () => {
    const owned = Object.values(units).flatMap(({ owns }) => owns);

    expect(owned.filter((library, index) => owned.indexOf(library) !== index)).toEqual([]);
    expect(owned.filter((library) => sharedLibraries.includes(library))).toEqual([]);
  });

  it('keeps the test kit and the stack out of what is deployed', () => {
    const deployed = Object.keys(units).filter((folder) => !/\/(?:cli|testkit|installation|stack)$/.test(folder));

    expect(deployed.filter((folder) => units[folder]?.uses.some((name) => testPackages.includes(name)))).toEqual([]);
  });

  it('lets no one use a service', () => {
    const used = Object.values(units).flatMap(({ uses }) => uses);

    const isPackage = (name: string): boolean => units[`packages/${name}`] !== undefined;

    expect(used.filter((name) => !isPackage(name))).toEqual([]);
  });
});

describe.each(folders)('%s/package.json', (folder) => {
  const manifest = manifestOf(folder);
  const dependencies = { ...manifest.dependencies, ...manifest.peerDependencies };

  it('is named after its folder and builds like the others', () => {
    const [kind = '', name = ''] = folder.split('/');
    // A service whose tables others read has them in a package of its own name.
    const isTwice = kind === 'services' && folders.includes(`packages/${name}`);

    expect(manifest.name).toBe(`${scope}${name}${isTwice ? '-service' : ''}`);
    expect(manifest.type).toBe('module');
    expect(manifest.scripts['build']).toBe('tsc -b tsconfig.build.json');
  });

  it('exports its source under the condition, and to everyone else its build, except of test code', () => {
    for (const target of Object.values(manifest.exports)) {
      const source = target['@trunkline/source'] ?? '';
      const built = source.replace('./src/', './dist/').replace(/\.ts$/, '.js');
      const isTest = testCode.some((glob) => matchesGlob(`${folder}/${source.slice('./'.length)}`, glob));

      expect(target).toEqual(
        isTest ? { '@trunkline/source': source } : { '@trunkline/source': source, default: built },
      );
    }
  });

  it('depends only on what the table allows', () => {
    const allowed = (name: string): boolean =>
      name.startsWith(scope)
        ? (units[folder]?.uses.includes(name.slice(scope.length)) ?? false)
        : sharedLibraries.includes(name) || ownerOf(name) === folder;

    expect(Object.keys(dependencies).filter((name) => !allowed(name) && !isTypes(name))).toEqual([]);
  });

  it('depends on exact versions', () => {
    const all = { ...dependencies, ...manifest.devDependencies };

    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('depends on nothing that its sources do not name', () => {
    const sources = sourcesOf(folder);

    expect(Object.keys(dependencies).filter((name) => !sources.includes(name) && !isTypes(name))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  // Otherwise `npm ci` refuses it, on the platforms it lacks and on all others: npm run lock
  it('has an entry for every optional package of every platform', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;

    expect(Object.keys(missingPlatforms(lock))).toEqual([]);
  });

  it('has a hash for every package, or a sentence why not: npm run lock', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;

    expect([...unverified(lock).values()]).toEqual([]);
    expect(
      Object.entries(withoutIntegrity).filter(([path, why]) => !(path in lock.packages) || why.length < 20),
    ).toEqual([]);
  });

  it('knows the dependencies of every package.json', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;
    const locked = folders.map((folder) => [folder, lock.packages[folder]?.dependencies ?? {}]);

    expect(Object.fromEntries(locked)).toEqual(
      Object.fromEntries(folders.map((folder) => [folder, dependenciesOf(folder)])),
    );
  });
});

describe('the build', () => {
  it('leaves out the test code', () => {
    const config = readFileSync(join(root, 'tsconfig.build.json'), 'utf8');

    const inSources = testCode.filter((glob) => glob.startsWith('**/'));

    expect(inSources.filter((glob) => !config.includes(`"\${configDir}/src/${glob}"`))).toEqual([]);
  });

  it('references the dependencies of every package.json', () => {
    expect(staleReferences().map(({ file }) => file)).toEqual([]);
  });
});

/** Declarations only: they are not imported by name. */
function isTypes(name: string): boolean {
  return name.startsWith('@types/');
}

/** The rule `trunkline/imports`: every import of every file, held against the table in architecture.ts. */
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, matchesGlob, relative, resolve, sep } from 'node:path';

import {
  baselines,
  generators,
  ownerOf,
  repositoryTests,
  sharedLibraries,
  subscribers,
  testCode,
  testLibraries,
  testPackages,
  toolLibraries,
  type Unit,
  units,
} from './architecture.ts';

const root = resolve(import.meta.dirname, '../..');
const workspaceScope = '@trunkline/';

/** Where an import stands: its path from the root, the package or service it belongs to, and whether it is a test. */
interface Place {
  readonly file: string;
  /** `packages/<name>` or `services/<name>`; empty for scripts/, test/ and the root's own files. */
  readonly folder: string;
  readonly isTest: boolean;
}

export function placeOf(absoluteFile: string): Place {
  const file = relative(root, absoluteFile).split(sep).join('/');
  const folder = /^(?:packages|services)\/[^/]+/.exec(file)?.[0] ?? '';
  return { file, folder, isTest: testCode.some((glob) => matchesGlob(file, glob)) };
}

/** Why `specifier` may not be imported from `place`, or undefined when it may. */
export function objectionTo(specifier: string, place: Place): string | undefined {
  const isOurs = specifier.startsWith('.') || specifier.startsWith(workspaceScope);
  if (isOurs && matchesGlob(place.file, subscribers.files))
    return `'${specifier}' is ours: the documentation's programs stand alone.`;
  if (specifier.startsWith('.')) return objectionToRelative(specifier, place);
  if (isBuiltin(specifier)) return undefined;
  if (specifier.startsWith('/') || specifier.startsWith('file:') || specifier.startsWith('data:')) {
    return `'${specifier}' is not a package and not a relative path.`;
  }
  const unit = units[place.folder];
  if (place.folder !== '' && unit === undefined) {
    return `${place.folder} has no row in scripts/lint/architecture.ts.`;
  }
  return specifier.startsWith(workspaceScope)
    ? objectionToWorkspace(specifier, place, unit)
    : objectionToLibrary(specifier, place, unit);
}

/** Tests, the test kit, and the root's tests and scripts, none of which is shipped. */
function mayImportTests(place: Place): boolean {
  return place.isTest || place.folder === '' || place.folder === 'packages/testkit';
}

function objectionToRelative(specifier: string, place: Place): string | undefined {
  const target = placeOf(resolve(root, dirname(place.file), specifier));
  if (target.file.startsWith('..')) return `'${specifier}' leaves the repository.`;
  if (target.folder !== place.folder) {
    if (target.folder === generators.reachInto && matchesGlob(place.file, generators.files)) return undefined;
    return `'${specifier}' leaves ${place.folder || 'the root'}: import ${packageNameOf(target.folder)} instead.`;
  }
  if (target.isTest && !mayImportTests(place)) {
    return `'${specifier}' is test code, which is not built: shipped code may not import it.`;
  }
  return undefined;
}

function objectionToWorkspace(specifier: string, place: Place, unit: Unit | undefined): string | undefined {
  const [name = '', ...deep] = specifier.slice(workspaceScope.length).split('/');
  // A package of the same name is what others read of a service: @trunkline/journal and @trunkline/journal-service.
  const service = Object.hasOwn(units, `packages/${name}`) ? undefined : `services/${name}`;
  if ((service !== undefined && Object.hasOwn(units, service)) || name.endsWith('-service'))
    return `${specifier} is a service: nobody imports a service.`;
  if (!existsSync(join(root, 'packages', name, 'package.json')))
    return `${specifier} is no package of this repository.`;
  if (`packages/${name}` === place.folder) return `${specifier} is this package: import the file by its path.`;
  const subpath = deep.length === 0 ? '.' : `./${deep.join('/')}`;
  const target = manifestOf(`packages/${name}`).exports?.[subpath];
  if (target === undefined) {
    return `'${specifier}' reaches into a package: ${workspaceScope}${name} does not export '${subpath}'.`;
  }
  if (target.default === undefined && !mayImportTests(place)) {
    return `'${specifier}' is test code, which is not built: shipped code may not import it.`;
  }
  if (unit === undefined || (place.isTest && testPackages.includes(name))) return undefined;
  if (!unit.uses.includes(name)) {
    const allowed = unit.uses.length === 0 ? 'no workspace package' : `only ${unit.uses.join(', ')}`;
    return `${place.folder} may not import ${specifier}: it may import ${allowed}.`;
  }
  return place.isTest ? undefined : objectionToUndeclared(specifier, place);
}

function objectionToLibrary(specifier: string, place: Place, unit: Unit | undefined): string | undefined {
  const library = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (testLibraries.includes(library)) {
    return mayImportTests(place) ? undefined : `'${library}' is for tests: shipped code may not import it.`;
  }
  if (toolLibraries.includes(library)) {
    return place.folder === '' ? undefined : `'${library}' is a tool of the repository, not a library of a package.`;
  }
  if (sharedLibraries.includes(library)) {
    if (place.folder === 'packages/core') return `core has no dependencies: it may not import '${library}'.`;
    return objectionToUndeclared(library, place);
  }
  for (const { files, libraries } of [baselines, repositoryTests, subscribers]) {
    if (matchesGlob(place.file, files) && libraries.some((known) => known === library)) return undefined;
  }
  const owner = ownerOf(library);
  if (owner === undefined) return `'${library}' has no owner: give it one in scripts/lint/architecture.ts.`;
  if (unit === undefined || owner !== place.folder) return `'${library}' belongs to ${owner}: use what that exports.`;
  return objectionToUndeclared(library, place);
}

function objectionToUndeclared(specifier: string, place: Place): string | undefined {
  if (place.folder === '') return undefined;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const { dependencies = {}, devDependencies = {}, peerDependencies = {} } = manifestOf(place.folder);
  if (name in dependencies || name in peerDependencies || (place.isTest && name in devDependencies)) return undefined;
  return `'${name}' is missing from the dependencies in ${place.folder}/package.json.`;
}

interface Manifest {
  /** A path without `default` has no build: it is for tests. */
  readonly exports?: Readonly<Record<string, { readonly default?: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifests = new Map<string, Manifest>();

function manifestOf(folder: string): Manifest {
  let manifest = manifests.get(folder);
  if (manifest === undefined) {
    // npm has read this file before us: a package.json that is not an object fails `npm install`.
    manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
    manifests.set(folder, manifest);
  }
  return manifest;
}

function packageNameOf(folder: string): string {
  return folder === '' ? 'it through a package' : `${workspaceScope}${folder.split('/')[1] ?? ''}`;
}

/** The services of this build, as their own package.json files describe them. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface ServiceManifest {
  /** The folder below services/; for a consumer also its group and its schema. */
  readonly name: string;
  /** One line: what the service does. */
  readonly description: string;
  /** Under `npm start`; where webhooks arrive at the ingress, where operators ask at every other. */
  readonly port: number;
  /** Where operators ask, if that is another. */
  readonly operatorPort?: number;
  /** Where people and programs of tenants ask, if it has an HTTP API. */
  readonly apiPort?: number;
}

const root = join(import.meta.dirname, '..');

/** A service with handlers is a consumer group. */
export function hasHandlers(name: string): boolean {
  return existsSync(handlersFile(name));
}

/** A service with migrations has a schema, a role and a password, named after it. */
export function hasMigrations(name: string): boolean {
  return existsSync(join(root, 'services', name, 'migrations'));
}

/** Exports the group's list of handlers under this name. */
export function handlersFile(name: string): string {
  return join(root, 'services', name, 'src', 'handlers', 'index.ts');
}

/** The ingress first, the others by their names. */
export function serviceManifests(): readonly ServiceManifest[] {
  const folders = globSync('services/*/package.json', { cwd: root }).map((file) => basename(dirname(file)));
  const first = (name: string): number => (name === 'ingress' ? 0 : 1);
  return folders.toSorted((a, b) => first(a) - first(b) || (a < b ? -1 : 1)).map(manifestOf);
}

function manifestOf(name: string): ServiceManifest {
  // A package.json without these members fails the check right below.
  const { description, trunkline } = JSON.parse(readFileSync(join(root, 'services', name, 'package.json'), 'utf8')) as {
    readonly description?: string;
    readonly trunkline?: { readonly port?: number; readonly operatorPort?: number; readonly apiPort?: number };
  };
  if (description === undefined || trunkline?.port === undefined) {
    throw new Error(`services/${name}/package.json needs a "description" and "trunkline": { "port": … }`);
  }
  const { port, operatorPort, apiPort } = trunkline;
  return {
    name,
    description,
    port,
    ...(operatorPort === undefined ? {} : { operatorPort }),
    ...(apiPort === undefined ? {} : { apiPort }),
  };
}

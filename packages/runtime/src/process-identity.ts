import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

export interface ProcessIdentity {
  /** The service's package name without its scope: `ingress`. */
  readonly name: string;
  readonly version: string;
  /** Unique among the processes that run at one time. */
  readonly instance: string;
}

/** Who this process is, from the package.json nearest to the file it was started with. */
export function processIdentity(mainFile: string | undefined): ProcessIdentity {
  const manifest = nearestManifest(mainFile === undefined ? undefined : dirname(mainFile));
  return {
    name: textOf(manifest, 'name')?.replace(/^@[^/]*\//, '') ?? 'trunkline',
    version: textOf(manifest, 'version') ?? '0.0.0',
    instance: `${hostname()}-${process.pid}`,
  };
}

function nearestManifest(directory: string | undefined): unknown {
  if (directory === undefined) return undefined;
  const file = join(directory, 'package.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const parent = dirname(directory);
  return parent === directory ? undefined : nearestManifest(parent);
}

function textOf(manifest: unknown, field: 'name' | 'version'): string | undefined {
  if (typeof manifest !== 'object' || manifest === null) return undefined;
  const value: unknown = Reflect.get(manifest, field);
  return typeof value === 'string' ? value : undefined;
}

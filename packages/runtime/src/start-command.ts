import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { TrunklineError } from '@trunkline/core';

/** This package runs from its sources exactly when the services do. */
const fromSource = import.meta.url.endsWith('.ts');

/**
 * Most of what a delivery needs is garbage by its answer. With Node's own 16 MiB of young generation it is copied about
 * before it dies; 32 MiB (96 with its three parts, and only under load) took 15 % off the CPU of a delivery (B1).
 */
const youngGenerationMiB = 32;

/**
 * The program and the arguments with which a service is started, telemetry preloaded:
 * from its sources (type stripping, no build) or, where this package itself was built, from its `dist`.
 */
export function startCommand(serviceDir: string): readonly [string, ...string[]] {
  const main = join(serviceDir, fromSource ? 'src/main.ts' : 'dist/main.js');
  if (!existsSync(main)) throw new TrunklineError('config_invalid', `${main} does not exist: nothing to start`);
  // An absolute file: `--import` resolves a package name against the working directory, which may be anywhere.
  const telemetry = fileURLToPath(import.meta.resolve(fromSource ? './telemetry.ts' : './telemetry.js'));
  const conditions = fromSource ? ['--conditions=@trunkline/source'] : [];
  const memory = `--max-semi-space-size=${youngGenerationMiB}`;
  return [process.execPath, ...conditions, memory, '--enable-source-maps', '--import', telemetry, main];
}

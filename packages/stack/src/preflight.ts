/** Could the stack start here? Looked at without starting or downloading anything, for `trunkline doctor` and `npm start`. */
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';

import { messageOf, TrunklineError } from '@trunkline/core';

import { missingArtifacts } from './artifacts-missing.ts';
import { cacheDirOf, stackKindOf, stablePortsOf } from './config.ts';
import type { Env } from './config.ts';
import { freeMegabytes } from './disk-space.ts';
import { runningStackPid } from './leftovers.ts';
import { choosePorts } from './ports.ts';
import { findJava, requireMaven } from './tools.ts';
import { stackParts } from './types.ts';

export interface PreflightCheck {
  readonly name: 'stack' | 'java' | 'maven' | 'disk' | 'ports';
  readonly ok: boolean;
  /** One line: what was found, or what is missing and how to get it. */
  readonly detail: string;
}

export interface PreflightOptions {
  readonly env: Env;
  readonly dataDir: string;
  readonly cacheDir?: string;
}

// Measured after a start: 70 MB of data. The rest is room for a day of trying things out.
const dataMegabytes = 1024;

/** Every check that applies to the stack which TRUNKLINE_STACK asks for; never throws for what it finds. */
export async function preflight(options: PreflightOptions): Promise<PreflightCheck[]> {
  const kind = await check('stack', async () => stackKindOf(options.env));
  if (!kind.ok || kind.detail !== 'embedded') return [kind];
  const cacheDir = options.cacheDir ?? cacheDirOf(options.env, homedir());
  const missing = await missingArtifacts(stackParts, { env: options.env, cacheDir });
  const downloadMegabytes = missing.reduce((sum, artifact) => sum + artifact.megabytes, 0);
  return [
    kind,
    await check('java', async () => {
      const java = await findJava(options.env);
      return `Java ${java.major} (${java.command})`;
    }),
    await check('maven', async () => {
      if (missing.length === 0) return 'Maven is not needed, everything is in the cache';
      await requireMaven(options.env);
      return `Maven is there; the next start downloads ${downloadMegabytes} MB`;
    }),
    await check('disk', async () => {
      // Unpacked archives are larger than the download, and Maven keeps its own copy.
      const cache = await requireSpace(cacheDir, downloadMegabytes * 3);
      const dataSpace = await requireSpace(options.dataDir, dataMegabytes);
      return `${cache} MB free for the cache in ${cacheDir}, ${dataSpace} MB for data in ${options.dataDir}`;
    }),
    await check('ports', async () => {
      const pid = await runningStackPid(options.dataDir);
      if (pid !== undefined) return `in use by the stack of this folder (pid ${pid})`;
      const ports = await choosePorts(stackParts, stablePortsOf(options.env));
      return `free: ${stackParts.map((part) => `${part} ${ports[part]}`).join(', ')}`;
    }),
  ];
}

async function check(name: PreflightCheck['name'], look: () => Promise<string>): Promise<PreflightCheck> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (error) {
    return { name, ok: false, detail: messageOf(error) };
  }
}

/** The free megabytes of the file system that holds the folder, which is created when it is missing. */
async function requireSpace(folder: string, megabytes: number): Promise<number> {
  await mkdir(folder, { recursive: true });
  const free = await freeMegabytes(folder);
  if (free < megabytes) {
    throw new TrunklineError(
      'config_invalid',
      `${folder} has ${free} MB free and needs ${megabytes} MB: make room, or choose another folder`,
    );
  }
  return free;
}

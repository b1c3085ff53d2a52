/** PostgreSQL refuses to run as root. As root we run it as an unprivileged user, who must be able to reach its files. */
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { foreignCode, TrunklineError } from '@trunkline/core';

export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Tried in this order. The second exists on every system; nothing depends on which it is. */
const userNames = ['postgres', 'nobody'];
// Ours alone (only root can make it), and reachable by everybody.
const reachableRoot = '/var/lib/trunkline';

/** undefined when we are not root: then PostgreSQL simply runs as us. */
export async function postgresUser(): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8');
  for (const name of userNames) {
    const user = parseUser(passwd, name);
    if (user !== undefined) return user;
  }
  throw new TrunklineError(
    'config_invalid',
    'PostgreSQL cannot run as root and this system has no user postgres: create one (useradd --system postgres)',
  );
}

/** The user's ids in the text of /etc/passwd. */
export function parseUser(passwd: string, name: string): RunAs | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((line) => line[0] === name);
  const uid = Number(fields?.[2]);
  const gid = Number(fields?.[3]);
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { uid, gid } : undefined;
}

/** Where the data directory goes: in the stack's folder, or where the user can reach it when a parent folder is closed to him. */
export async function postgresDataFolder(dataDir: string, runAs: RunAs | undefined): Promise<string> {
  if (runAs === undefined || (await canReach(dataDir, runAs))) return join(dataDir, 'postgres');
  return join(relocatedFolder(dataDir), 'postgres');
}

/** The folder outside `dataDir` that belongs to it, if PostgreSQL had to move; `stack:reset` removes it too. */
export function relocatedFolder(dataDir: string): string {
  return join(reachableRoot, 'data', shortHash(dataDir));
}

/** The binaries as they are, or a copy of them that the user can reach. */
export async function reachableBinaries(native: string, runAs: RunAs | undefined): Promise<string> {
  if (runAs === undefined || (await canReach(join(native, 'bin'), runAs))) return native;
  // The package's manifest names its version: another version is another copy.
  const target = join(
    reachableRoot,
    'postgres',
    shortHash(await readFile(join(dirname(native), 'package.json'), 'utf8')),
  );
  if (await stat(target).then(() => true, missing)) return target;
  const temporary = `${target}.${process.pid}`;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await chmod(reachableRoot, 0o755);
  await cp(native, temporary, { recursive: true, verbatimSymlinks: true });
  await chmod(temporary, 0o755);
  try {
    await rename(temporary, target);
  } catch (error) {
    // Another process was first; its copy is as good.
    if (foreignCode(error) !== 'ENOTEMPTY' && foreignCode(error) !== 'EEXIST') throw error;
    await rm(temporary, { recursive: true });
  }
  return target;
}

/** Creates the folder that will hold the data directory, open for passing through. */
export async function makeReachableParent(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o755 });
}

async function canReach(path: string, runAs: RunAs): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    if (!mayPass({ mode, uid, gid }, runAs)) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** The search bit of a folder for this user: owner, group and others exclude each other. */
export function mayPass(
  folder: { readonly mode: number; readonly uid: number; readonly gid: number },
  user: RunAs,
): boolean {
  if (folder.uid === user.uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === user.gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function missing(error: unknown): false {
  if (foreignCode(error) === 'ENOENT') return false;
  throw error;
}

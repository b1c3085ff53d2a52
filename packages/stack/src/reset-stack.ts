import { mkdir, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { claimPathOf, clearLeftovers } from './leftovers.ts';
import { withLock } from './lock.ts';
import { relocatedFolder } from './parts/postgres-user.ts';

const claimDeadlineMs = 30_000;

/**
 * Ends what an earlier run on this folder has left, so that its ports are free. Throws `config_invalid`, naming the pid,
 * while that run is alive.
 */
export async function endLeftovers(dataDir: string): Promise<void> {
  const folder = resolve(dataDir);
  await mkdir(dirname(folder), { recursive: true });
  await withLock({ path: claimPathOf(folder), deadlineMs: claimDeadlineMs }, () => clearLeftovers(folder));
}

/** Removes everything the stack wrote on this folder. Throws `config_invalid`, naming the pid, while a stack runs on it. */
export async function resetStack(dataDir: string): Promise<void> {
  const folder = resolve(dataDir);
  await withLock({ path: claimPathOf(folder), deadlineMs: claimDeadlineMs }, async () => {
    await clearLeftovers(folder);
    for (const path of [folder, relocatedFolder(folder)]) await rm(path, { recursive: true, force: true });
  });
}

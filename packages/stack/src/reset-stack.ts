import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';

import { claimPathOf, clearLeftovers } from './leftovers.ts';
import { withLock } from './lock.ts';
import { relocatedFolder } from './parts/postgres-user.ts';

const claimDeadlineMs = 30_000;

/** Removes everything the stack wrote on this folder. Throws `config_invalid`, naming the pid, while a stack runs on it. */
export async function resetStack(dataDir: string): Promise<void> {
  const folder = resolve(dataDir);
  await withLock({ path: claimPathOf(folder), deadlineMs: claimDeadlineMs }, async () => {
    await clearLeftovers(folder);
    for (const path of [folder, relocatedFolder(folder)]) await rm(path, { recursive: true, force: true });
  });
}

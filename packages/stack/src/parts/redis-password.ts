/** The password of the embedded Redis: made at its first start, kept beside its data, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { foreignCode } from '@trunkline/core';

const passwordBytes = 18;

/** Hexadecimal, so that it needs no quoting in a URL, a shell or Redis's configuration. */
export async function redisPassword(dataDir: string): Promise<string> {
  const file = join(dataDir, 'redis-password');
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (foreignCode(error) !== 'ENOENT') throw error;
  }
  const password = randomBytes(passwordBytes).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

/**
 * A configuration file that holds the password, and its path: arguments of a process are everybody's to read, and
 * whoever can write to this Redis can have events skipped as done.
 */
export async function writeRedisConfig(dataDir: string): Promise<string> {
  const file = join(dataDir, 'redis.conf');
  await writeFile(file, `requirepass ${await redisPassword(dataDir)}\n`, { mode: 0o600 });
  return file;
}

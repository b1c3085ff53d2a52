import { TrunklineError } from '@trunkline/core';
import { type BlockedKey, type Database, findBlockedKeys } from '@trunkline/postgres';

/** The key of that name; undefined where none waits. Throws where one name is that of keys of several topics. */
export async function findKey(database: Database, name: string, signal: AbortSignal): Promise<BlockedKey | undefined> {
  const [key, ...others] = await findBlockedKeys(database, name, signal);
  if (key === undefined || others.length === 0) return key;
  const ids = [key, ...others].map(({ topic, keyId }) => `${keyId} (${topic})`).join(', ');
  throw new TrunklineError('config_invalid', `several topics have that key; name one by its id: ${ids}`);
}

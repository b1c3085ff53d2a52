import { TrunklineError } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';
import { type KeyList, type KeyUse, keyUses } from '@trunkline/vault';

import { migrated } from './rows.ts';

/** Writes down which keys the service has, by name and fingerprint, for those who have none. Throws `config_invalid` where rows need another one. */
export async function recordKeyNames(database: Database, keys: KeyList): Promise<void> {
  const uses = await migrated(() => keyUses(database, keys));
  const missing = uses.find(({ name, rows }) => name === undefined && rows > 0);
  if (missing !== undefined) {
    throw new TrunklineError(
      'config_invalid',
      `TRUNKLINE_VAULT_KEYS: ${missing.rows} connections are sealed with the key ${missing.kekId}, which is not in it: add that key to the end of the list`,
    );
  }
  await database.transaction([], async (tx) => {
    await tx.query('DELETE FROM connections.vault_list WHERE NOT kek_id = ANY ($1::text[])', [
      keys.all.map(({ id }) => id),
    ]);
    await tx.query(
      `INSERT INTO connections.vault_list (kek_id, name, place)
       SELECT id, name, place - 1 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (id, name, place)
       ON CONFLICT (kek_id) DO UPDATE SET name = excluded.name, place = excluded.place`,
      [keys.all.map(({ id }) => id), keys.all.map(({ name }) => name)],
    );
  });
}

/** Which keys there are and how many rows each seals, as a process of the service last wrote it down. */
export async function listKeyUses(database: Database, signal?: AbortSignal): Promise<readonly KeyUse[]> {
  return await migrated(async () => {
    const all = await database.statement<{ id: string; name: string }>(
      'SELECT kek_id AS id, name FROM connections.vault_list ORDER BY place',
      [],
      { signal },
    );
    return await keyUses(database, { current: all[0], all });
  });
}

/** The passwords of the embedded PostgreSQL: made at its first start, kept beside its data, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const registryDatabase = 'registry';

export interface PostgresSecrets {
  readonly adminPassword: string;
  readonly registryPassword: string;
}

const passwordBytes = 18;

/** Makes and stores new passwords. Hexadecimal, so that they need no quoting in SQL, URLs or shells. */
export async function createPostgresSecrets(dataDir: string): Promise<PostgresSecrets> {
  const secrets = {
    adminPassword: randomBytes(passwordBytes).toString('hex'),
    registryPassword: randomBytes(passwordBytes).toString('hex'),
  };
  await writeFile(secretsPath(dataDir), JSON.stringify(secrets), { mode: 0o600 });
  return secrets;
}

/** Written by `createPostgresSecrets` before the data directory existed, so it is there whenever the data is. */
export async function readPostgresSecrets(dataDir: string): Promise<PostgresSecrets> {
  // Only createPostgresSecrets writes this file.
  return JSON.parse(await readFile(secretsPath(dataDir), 'utf8')) as PostgresSecrets;
}

function secretsPath(dataDir: string): string {
  return join(dataDir, 'postgres-secrets.json');
}

import { fileURLToPath } from 'node:url';

import { TrunklineError } from '@trunkline/core';
import type { MigrateOptions } from '@trunkline/postgres';

import { groups } from './groups.ts';
import type { Settings } from './settings.ts';

/** The name of the database where nothing names another. */
const standardDatabase = 'trunkline';

/** What to migrate where: the services of this build, in the database that they are configured with. */
export function migrationTarget(
  settings: Settings,
  database?: string,
): Pick<MigrateOptions, 'adminUrl' | 'database' | 'services'> {
  const databaseUrl = settings.find('databaseUrl')?.value;
  return {
    adminUrl: settings.require('postgresAdminUrl'),
    database: database ?? (databaseUrl === undefined ? standardDatabase : databaseOf(databaseUrl)),
    services: groups.map(({ name, schema }) => ({
      schema,
      // The same path from src/ and from dist/.
      directory: fileURLToPath(new URL(`../../../services/${name}/migrations`, import.meta.url)),
    })),
  };
}

/** The password in the services' own URL, so that the role can log in with it. */
export function appPasswordOf(settings: Settings): string | undefined {
  const databaseUrl = settings.find('databaseUrl')?.value;
  const password = databaseUrl === undefined ? undefined : URL.parse(databaseUrl)?.password;
  return password === undefined || password === '' ? undefined : decodeURIComponent(password);
}

function databaseOf(databaseUrl: string): string {
  const name = URL.parse(databaseUrl)?.pathname.slice(1) ?? '';
  if (name === '')
    throw new TrunklineError(
      'config_invalid',
      'the database URL names no database: postgres://user:password@host:port/trunkline',
    );
  return decodeURIComponent(name);
}

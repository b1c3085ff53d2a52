import { fileURLToPath } from 'node:url';

import { TrunklineError } from '@trunkline/core';
import { schemas } from '@trunkline/operations/groups';
import { type LoginPasswords, type MigrateOptions, operatorLogin, passwordVariable } from '@trunkline/postgres';

import { secretOf, type Settings } from './settings.ts';

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
    services: schemas.map((schema) => ({
      schema,
      // The same path from src/ and from dist/.
      directory: fileURLToPath(new URL(`../../../services/${schema}/migrations`, import.meta.url)),
    })),
  };
}

/** The passwords of the roles, as far as the environment gives them. */
export function passwordsOf({ environment }: Settings): LoginPasswords {
  const logins = [operatorLogin, ...schemas];
  const given = logins.flatMap((login) => {
    const password = secretOf(environment, passwordVariable(login));
    return password === undefined ? [] : [[login, password] as const];
  });
  return Object.fromEntries(given);
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

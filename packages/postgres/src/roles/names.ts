import { TrunklineError } from '@trunkline/core';

import { identifier } from '../identifiers.ts';

/**
 * The roles of an installation. Roles belong to the whole server, so the database is in each name: installations that
 * share a server do not meet.
 */
export interface DatabaseRoles {
  /** Owns every object; passes row-level security, so that a migration can touch all rows. Nobody logs in as it. */
  readonly migrator: string;
  /** The command line: reads every service's schema, held to row-level security, and writes the audit. */
  readonly operator: string;
  /** Reads the rows of all tenants where a table lets it (`trunkline.show_all_tenants`). Nobody logs in as it; some may become it. */
  readonly allTenants: string;
  /** A service: its own schema and no other, held to row-level security; owns nothing, has no DDL. */
  readonly service: (schema: string) => string;
}

const taken: readonly string[] = ['migrator', 'operator', 'trunkline', 'public'];

/** Throws `config_invalid` when the names would not fit Postgres. */
export function rolesOf(database: string): DatabaseRoles {
  const role = (suffix: string): string => identifier(`${identifier(database)}_${suffix}`);
  return {
    migrator: role('migrator'),
    operator: role('operator'),
    allTenants: role('all_tenants'),
    service: (schema) => {
      // Without an underscore of its own, so that no two pairs of database and schema make one name.
      if (!/^[a-z][a-z0-9]*$/.test(schema) || taken.includes(schema)) {
        throw new TrunklineError(
          'config_invalid',
          `"${schema}" cannot be the schema of a service: use a-z and 0-9, and none of ${taken.join(', ')}`,
        );
      }
      return role(schema);
    },
  };
}

/** The key of the operator's password beside those of the schemas. */
export const operatorLogin = 'operator';

/** Passwords by login: the schema of a service, or `operator`. */
export type LoginPasswords = Readonly<Record<string, string>>;

/** The variable that holds the password of a login: `TRUNKLINE_DATABASE_PASSWORD_PAYMENTS`. */
export function passwordVariable(login: string): string {
  return `TRUNKLINE_DATABASE_PASSWORD_${login.toUpperCase()}`;
}

/** The role of a login: the schema of a service, or `operator`. */
export function roleOfLogin(database: string, login: string): string {
  const roles = rolesOf(database);
  return login === operatorLogin ? roles.operator : roles.service(login);
}

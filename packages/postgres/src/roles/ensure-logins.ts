import { foreignCode, TrunklineError } from '@trunkline/core';
import { Client } from 'pg';

import { identifier, literal } from '../identifiers.ts';
import { endpointOf, withLogin } from '../urls.ts';
import { type LoginPasswords, passwordVariable, roleOfLogin } from './names.ts';
import { scramVerifier } from './scram.ts';

export interface LoginOptions {
  /** An administrator's URL of the database. */
  readonly url: string;
  readonly database: string;
  readonly passwords: LoginPasswords;
  /** Gives a role that can log in already the password from here, which locks out whoever uses another one. */
  readonly setPasswords: boolean;
}

const connectTimeoutMs = 10_000;

/**
 * Lets the roles log in with their passwords. A role that could log in before keeps its password unless `setPasswords`
 * asks for more: somebody may be using it. Throws `config_invalid` that names every role whose password is another one.
 */
export async function ensureLogins(admin: Client, options: LoginOptions): Promise<void> {
  const others: string[] = [];
  for (const [login, password] of Object.entries(options.passwords)) {
    const role = roleOfLogin(options.database, login);
    const { rows } = await admin.query<{ can: boolean }>('SELECT rolcanlogin AS can FROM pg_roles WHERE rolname = $1', [
      role,
    ]);
    if (rows[0]?.can === true && !options.setPasswords) {
      if (!(await logsIn(withLogin(options.url, role, password)))) others.push(login);
      continue;
    }
    await admin.query(`ALTER ROLE ${identifier(role)} LOGIN PASSWORD ${literal(scramVerifier(password))}`);
  }
  if (others.length > 0) throw new TrunklineError('config_invalid', otherPassword(options, others));
}

/** False when the server knows the role and refuses the password. */
async function logsIn(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  client.on('error', () => undefined); // ends with the connection, which is over in a moment
  try {
    await client.connect();
    return true;
  } catch (error) {
    const code = foreignCode(error);
    if (code === '28P01' || code === '28000') return false;
    throw error;
  } finally {
    await client.end();
  }
}

function otherPassword({ url, database }: LoginOptions, logins: readonly string[]): string {
  const roles = logins.map((login) => roleOfLogin(database, login)).join(', ');
  const variables = logins.map(passwordVariable).join(', ');
  return (
    `Postgres at ${endpointOf(url)} has ${roles} with another password, which was left as it is: ` +
    `to share this database, give the passwords of whoever made it (${variables}); ` +
    `to have one of your own, name another (TRUNKLINE_DATABASE); ` +
    `to replace the passwords for everybody who uses them: npx trunkline migrate --set-passwords`
  );
}

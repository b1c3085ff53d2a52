/** Secrets and passwords of this checkout: made once, kept in files that git ignores. */
import { groups } from '@trunkline/consumer';
import { randomKey } from '@trunkline/installation';
import { type LoginPasswords, operatorLogin, passwordVariable } from '@trunkline/postgres';
import { listSecretVariables } from '@trunkline/sources';

import { ensureVariables, readEnvFile } from './env-file.ts';

/** What verification needs beside the secrets of the sources. It is never rotated: record keys depend on it. */
const installationKey = 'TRUNKLINE_INSTALLATION_KEY';

const logins = [operatorLogin, ...groups.map(({ schema }) => schema)];

/** What docker-compose.yml is told: of the servers, and of the database's roles. */
export const composePasswords: readonly string[] = [
  'TRUNKLINE_POSTGRES_PASSWORD',
  'TRUNKLINE_REGISTRY_PASSWORD',
  'TRUNKLINE_REDIS_PASSWORD',
  ...logins.map(passwordVariable),
];

/**
 * What the sources file refers to, and the installation key; read by the ingress and by `trunkline send`. A variable
 * that is set in the shell wins; one that nobody has set is made here, in the form its provider uses.
 */
export async function ensureSecrets(
  file: string,
  sourcesFile: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly secrets: Readonly<Record<string, string>>; readonly made: readonly string[] }> {
  const wanted = await listSecretVariables(sourcesFile);
  const generators = new Map<string, () => string>([
    ...wanted.map(({ variable, provider }) => [variable, () => provider?.secrets.generate() ?? randomKey()] as const),
    [installationKey, randomKey],
  ]);
  const heading = 'Sample secrets of this checkout, made by `npm start`. Not for production.';
  const { values, made } = ensureVariables(file, { heading, generators, env });
  return { secrets: { ...readEnvFile(file), ...values }, made };
}

/** Of the database's roles. Apart from the secrets, because no service is told another one's. */
export function ensurePasswords(file: string, env: NodeJS.ProcessEnv): LoginPasswords {
  const heading = 'Passwords of the database roles of this checkout, made by `npm start`.';
  const generators = new Map(logins.map((login) => [passwordVariable(login), randomKey]));
  const { values } = ensureVariables(file, { heading, generators, env });
  return Object.fromEntries(logins.map((login) => [login, values[passwordVariable(login)] ?? '']));
}

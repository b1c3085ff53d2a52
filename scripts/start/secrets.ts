/** Secrets and passwords of this checkout: made once, kept in files that git ignores. */
import { schemas } from '@trunkline/consumer';
import { randomKey, randomVaultKey } from '@trunkline/installation';
import { type LoginPasswords, operatorLogin, passwordVariable } from '@trunkline/postgres';
import { listSecretVariables } from '@trunkline/sources';

import { ensureVariables, readEnvFile } from './env-file.ts';

/** What verification needs beside the secrets of the sources. It is never rotated: record keys depend on it. */
export const installationKey = 'TRUNKLINE_INSTALLATION_KEY';

/** Seals secrets that others gave us, or that we share with them. Rotated by a list of keys, `TRUNKLINE_VAULT_KEYS`. */
export const vaultKey = 'TRUNKLINE_VAULT_KEY';

/** What Prometheus shows the listeners for operators. */
const operatorToken = 'TRUNKLINE_OPERATOR_TOKEN';

const logins = [operatorLogin, ...schemas];

/** What docker-compose.yml is told: of the servers, of the database's roles, what consumers make digests with, and what operators show. */
export const composePasswords: readonly string[] = [
  'TRUNKLINE_POSTGRES_PASSWORD',
  'TRUNKLINE_REGISTRY_PASSWORD',
  'TRUNKLINE_REDIS_PASSWORD',
  ...logins.map(passwordVariable),
  installationKey,
  vaultKey,
  operatorToken,
  'TRUNKLINE_GRAFANA_PASSWORD',
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

/** Apart from the secrets, too: of the services only those that open what is sealed are told. */
export function ensureVaultKeys(file: string, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const heading = 'The key of the vault of this checkout, made by `npm start`. Not for production.';
  const { values } = ensureVariables(file, { heading, generators: new Map([[vaultKey, randomVaultKey]]), env });
  const listed = [...(env['TRUNKLINE_VAULT_KEYS'] ?? '').matchAll(/:env:([A-Za-z_][A-Za-z0-9_]*)/g)];
  const others = listed.flatMap(([, name = '']): [string, string][] => {
    const value = env[name] ?? '';
    return value === '' ? [] : [[name, value]];
  });
  return { ...values, ...Object.fromEntries(others) };
}

/** Of the database's roles. Apart from the secrets, because no service is told another one's. */
export function ensurePasswords(file: string, env: NodeJS.ProcessEnv): LoginPasswords {
  const heading = 'Passwords of the database roles of this checkout, made by `npm start`.';
  const generators = new Map(logins.map((login) => [passwordVariable(login), randomKey]));
  const { values } = ensureVariables(file, { heading, generators, env });
  return Object.fromEntries(logins.map((login) => [login, values[passwordVariable(login)] ?? '']));
}

/** Sample secrets: made once, kept in a git-ignored file that the services and `trunkline send` read. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseEnv } from 'node:util';

import { randomKey } from '@trunkline/installation';
import { listSecretVariables } from '@trunkline/sources';

/** What `npm start` needs beside the secrets of the sources. The key is never rotated: record keys depend on it. */
const ownVariables = ['TRUNKLINE_INSTALLATION_KEY', 'TRUNKLINE_APP_PASSWORD'] as const;

export type Secrets = Readonly<Record<string, string>> & Readonly<Record<(typeof ownVariables)[number], string>>;

/**
 * The secrets of this checkout. A variable that is set in the shell wins; one that the sources file names and nobody
 * has set is made here, in the form its provider uses. What is in the file is never changed.
 */
export async function ensureSecrets(
  file: string,
  sourcesFile: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly secrets: Secrets; readonly made: readonly string[] }> {
  const kept: Record<string, string> = {};
  if (existsSync(file)) {
    for (const [name, value] of Object.entries(parseEnv(readFileSync(file, 'utf8'))))
      if (value !== undefined) kept[name] = value;
  }
  const wanted = await listSecretVariables(sourcesFile);
  const generators = new Map<string, () => string>([
    ...wanted.map(({ variable, provider }) => [variable, () => provider?.secrets.generate() ?? randomKey()] as const),
    ...ownVariables.map((variable) => [variable, randomKey] as const),
  ]);
  const made: Record<string, string> = {};
  for (const [variable, generate] of generators) {
    if ((env[variable] ?? '') !== '' || (kept[variable] ?? '') !== '') continue;
    made[variable] = generate();
  }
  if (Object.keys(made).length > 0) append(file, { ...kept, ...made });
  const fromShell = Object.fromEntries(
    [...generators.keys()].flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  return {
    // Every variable of `ownVariables` is in one of the three by now.
    secrets: { ...kept, ...made, ...fromShell } as Secrets,
    made: Object.keys(made),
  };
}

function append(file: string, secrets: Readonly<Record<string, string>>): void {
  mkdirSync(dirname(file), { recursive: true });
  const lines = Object.entries(secrets).map(([name, value]) => `${name}=${value}`);
  const heading = '# Sample secrets of this checkout, made by `npm start`. Not for production.';
  writeFileSync(`${file}.new`, `${[heading, ...lines].join('\n')}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

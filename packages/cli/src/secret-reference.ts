import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';

import { foreignCode, TrunklineError } from '@trunkline/core';

import type { Settings } from './settings.ts';

/** Refuses a secret on a command line, where it would stand in a shell's history; a reference is fine. */
export function requireReferences(given: readonly string[] | undefined): void {
  for (const text of given ?? []) nameOf(text);
}

/** The value behind `env:NAME`: from the environment, else from the secrets file. Throws `config_invalid` when there is none. */
export async function readSecret(reference: string, settings: Settings): Promise<string> {
  const name = nameOf(reference);
  const value = settings.environment[name] ?? (await readSecretsFile(settings))[name];
  if (value === undefined || value.trim() === '') {
    const file = settings.find('secretsFile')?.value;
    throw new TrunklineError(
      'config_invalid',
      `${name} is not set: set it in the environment${file === undefined ? '' : ` or in ${file}`}`,
    );
  }
  return value;
}

function nameOf(reference: string): string {
  const name = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(reference)?.[1];
  if (name !== undefined) return name;
  // The text is not repeated: somebody may have given the secret itself.
  throw new TrunklineError(
    'config_invalid',
    'a secret is given by reference, env:NAME, so that it stands in no shell history',
  );
}

async function readSecretsFile(settings: Settings): Promise<NodeJS.Dict<string>> {
  const file = settings.find('secretsFile')?.value;
  if (file === undefined) return {};
  try {
    return parseEnv(await readFile(file, 'utf8'));
  } catch (error) {
    throw new TrunklineError(
      'config_invalid',
      `the secrets file ${file} cannot be read (${foreignCode(error) ?? 'unknown'})`,
      { cause: error },
    );
  }
}

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';

import { foreignCode, TrunklineError } from '@trunkline/core';
import { readSecretReference } from '@trunkline/runtime/environment';
import { createVault, readKeyList, type Vault } from '@trunkline/vault';

import type { CommandContext } from '../context.ts';

const keysVariable = 'TRUNKLINE_VAULT_KEYS';

/**
 * What seals secrets, as the services have it: of the environment, else of `.trunkline/vault.env`, which `npm start` writes.
 * Throws `config_invalid` where there is no key.
 */
export function openVault({ settings }: Pick<CommandContext, 'settings'>): Vault {
  const file = path.join(settings.root, '.trunkline', 'vault.env');
  const given = withoutBlanks(settings.environment);
  // Not both: the key of `npm start` would stand before the file of whoever names one.
  const environment = { ...('TRUNKLINE_VAULT_KEY_FILE' in given ? {} : readVariables(file)), ...given };
  const list = environment[keysVariable];
  if (list === undefined && !['TRUNKLINE_VAULT_KEY', 'TRUNKLINE_VAULT_KEY_FILE'].some((name) => name in environment)) {
    throw new TrunklineError(
      'config_invalid',
      `what secrets are sealed with is not known: set TRUNKLINE_VAULT_KEY (or its _FILE) as the services have it (${keysVariable}, where there are several keys)`,
    );
  }
  const read = (reference: string): string | undefined => readSecretReference(reference, environment);
  return createVault(readKeyList(list ?? 'first:env:TRUNKLINE_VAULT_KEY', read));
}

function withoutBlanks(environment: NodeJS.Dict<string>): NodeJS.Dict<string> {
  return Object.fromEntries(Object.entries(environment).filter(([, text]) => text?.trim() !== ''));
}

function readVariables(file: string): NodeJS.Dict<string> {
  return parseEnv(readText(file) ?? '');
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (foreignCode(error) === 'ENOENT') return undefined;
    throw new TrunklineError('config_invalid', `${file} cannot be read (${foreignCode(error) ?? 'unknown'})`, {
      cause: error,
    });
  }
}

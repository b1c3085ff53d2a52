import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';

import { foreignCode, TrunklineError } from '@trunkline/core';
import { createVault, readKeyList, type Vault } from '@trunkline/vault';

import type { CommandContext } from '../context.ts';

const keysVariable = 'TRUNKLINE_VAULT_KEYS';

/**
 * What seals secrets, as the services have it: of the environment, else of `.trunkline/vault.env`, which `npm start` writes.
 * Throws `config_invalid` where there is no key.
 */
export function openVault({ settings }: Pick<CommandContext, 'settings'>): Vault {
  const file = path.join(settings.root, '.trunkline', 'vault.env');
  const kept = readVariables(file);
  const variable = (name: string): string | undefined => settings.environment[name] || kept[name];
  const list = variable(keysVariable) ?? 'first:env:TRUNKLINE_VAULT_KEY';
  const read = (reference: string): string | undefined =>
    reference.startsWith('env:') ? variable(reference.slice('env:'.length)) : readText(reference.slice('file:'.length));
  if (variable(keysVariable) === undefined && variable('TRUNKLINE_VAULT_KEY') === undefined) {
    throw new TrunklineError(
      'config_invalid',
      `what secrets are sealed with is not known: set TRUNKLINE_VAULT_KEY as the services have it (${keysVariable}, where there are several keys)`,
    );
  }
  return createVault(readKeyList(list, read));
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

import { openKeys } from '@trunkline/connections';
import { TrunklineError } from '@trunkline/core';
import type { Senders } from '@trunkline/sources/senders';
import { createVault, type Vault } from '@trunkline/vault';

export interface OpenVaultOptions {
  /** Undefined: none is given. */
  readonly keys: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Those of the start. */
  readonly senders: Senders;
}

/**
 * What opens the secrets of connections. Where all senders have secrets of their own no key is needed, and without one this
 * is undefined. Throws `config_invalid` where a sender uses a connection and there is none, or where one is given wrongly.
 */
export function openVault({ keys, environment, senders }: OpenVaultOptions): Vault | undefined {
  if (keys !== undefined) return createVault(openKeys(keys, environment));
  const first = senders.all().find(({ accountOf }) => accountOf !== undefined);
  if (first === undefined) return undefined;
  throw new TrunklineError(
    'config_invalid',
    `TRUNKLINE_VAULT_KEY is missing: ${first.id} of the sources file uses ${first.accountOf}, which opens with it alone; give it the key that the service connections has`,
  );
}

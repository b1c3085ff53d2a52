import { TrunklineError } from '@trunkline/core';

import type { Secret } from './secret.ts';

/** One source's side of a provider, as configured. */
export interface SourceSettings<O = unknown> {
  readonly sourceId: string;
  readonly tenantId: string;
  readonly account?: string;
  /** In the order of the configuration. Usable or not: `verifyDelivery` and the schemes look at the clock. */
  readonly secrets: readonly Secret[];
  readonly options: O;
  readonly publicBaseUrl?: string;
  /** By URL; see ProviderDefinition.keyMaterial. */
  readonly keyMaterial?: ReadonlyMap<string, Uint8Array>;
}

/** The secret that signs. Signing is for samples and tests, so one that is missing is the caller's mistake. */
export function firstSecret(settings: SourceSettings): Secret {
  const [secret] = settings.secrets;
  if (secret === undefined)
    throw new TrunklineError('config_invalid', `source ${settings.sourceId} has no secret to sign with`);
  return secret;
}

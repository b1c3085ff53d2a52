import { TrunklineError } from '@trunkline/core';
import { type ApiScope, apiScopeNames } from '@trunkline/delivery';

/** The scopes of an argument, each once. Throws `config_invalid` for one that there is not. */
export function scopesOf(given: readonly string[]): readonly ApiScope[] {
  return [...new Set(given)].map((word) => {
    const scope = apiScopeNames.find((name) => name === word);
    if (scope !== undefined) return scope;
    throw new TrunklineError(
      'config_invalid',
      `${JSON.stringify(word)} is no scope: there is ${apiScopeNames.join(', ')}`,
    );
  });
}

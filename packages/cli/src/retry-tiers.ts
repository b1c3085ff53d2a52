import { messageOf, TrunklineError } from '@trunkline/core';
import { parseTiers, retryTiers } from '@trunkline/operations/groups';

import { type Settings, settingRow } from './settings.ts';

/**
 * The retry topics that each group has: what the services are told by the same variable. Throws `config_invalid` that
 * names the setting.
 */
export function requireRetryTiers(settings: Settings): readonly string[] {
  const told = settings.find('retryTiers');
  if (told === undefined) return retryTiers;
  try {
    return parseTiers(told.value.split(',').map((name) => name.trim())).map(({ name }) => name);
  } catch (error) {
    const { flag, variable } = settingRow('retryTiers');
    throw new TrunklineError('config_invalid', `${flag.split(' ')[0]} or ${variable}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

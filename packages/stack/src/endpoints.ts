import { TrunklineError } from '@trunkline/core';

import type { StackEndpoints } from './types.ts';

const required = ['kafkaBrokers', 'registryUrl', 'postgresAdminUrl', 'redisUrl', 'zipkinUrl'] as const;

/** The known addresses; reading another one throws, because connecting to an empty string says nothing about the reason. */
export function endpointsOf(known: Partial<StackEndpoints>): StackEndpoints {
  const endpoints = { ...known };
  for (const name of required) {
    if (known[name] !== undefined) continue;
    // Not enumerable: spreading, printing and comparing see the known addresses only.
    Object.defineProperty(endpoints, name, {
      enumerable: false,
      get: () => {
        throw new TrunklineError('config_invalid', `this stack has no ${name}: its part was not started`);
      },
    });
  }
  // Every required name now either has its value or a getter.
  return endpoints as StackEndpoints;
}

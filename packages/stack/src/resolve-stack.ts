/** The one place that decides which stack is used. */
import { TrunklineError } from '@trunkline/core';

import { endpointsFromEnv, stablePortsOf, stackKindOf } from './config.ts';
import { endpointsOf } from './endpoints.ts';
import type { ResolveStackOptions } from './stack-options.ts';
import { startStack } from './start-stack.ts';
import { stackParts } from './types.ts';
import type { Stack } from './types.ts';

/**
 * The stack that TRUNKLINE_STACK asks for: `embedded` (the default) and `docker` are started here, `env` is somebody's and
 * only described. Anything else is `config_invalid`.
 */
export async function resolveStack(options: ResolveStackOptions): Promise<Stack> {
  const { ports, ...rest } = options;
  const kind = stackKindOf(options.env);
  if (options.kafkaUsers !== undefined && kind !== 'embedded')
    throw new TrunklineError(
      'config_invalid',
      `a stack of the kind ${kind} is not started secured: unset TRUNKLINE_SECURED (--secured), or TRUNKLINE_STACK`,
    );
  switch (kind) {
    case 'embedded':
      return await startStack({ ...rest, ...(ports === 'stable' ? { ports: stablePortsOf(options.env) } : {}) });
    case 'env':
      return givenStack(options);
    case 'docker': {
      // Testcontainers takes half a second to load; nobody else should wait for it.
      const { startDockerStack } = await import('./docker.ts');
      return await startDockerStack(options);
    }
    default:
      return kind satisfies never;
  }
}

function givenStack(options: ResolveStackOptions): Stack {
  const endpoints = endpointsOf(endpointsFromEnv(options.env, options.parts ?? stackParts));
  const notOurs = (): never => {
    throw new TrunklineError(
      'config_invalid',
      'the stack is given by the environment, its parts cannot be stopped from here: use TRUNKLINE_STACK=embedded',
    );
  };
  return {
    kind: 'env',
    description: 'stack given by the environment (TRUNKLINE_STACK=env): nothing is started or stopped',
    endpoints,
    part: notOurs,
    broker: notOurs,
    stop: async () => undefined,
  };
}

import { list, optional, secret, text, variable, wholeNumber } from '@trunkline/runtime/environment';
import { redisAccess, redisVariables } from '@trunkline/runtime/server-access';
import { z } from 'zod';

import type { ExecutorSettings } from './open-executor.ts';

/** Where the key is while there is one. */
export const usualVaultKeys = 'first:env:TRUNKLINE_VAULT_KEY';

/** What a service that calls providers reads of its environment, for its own schema. */
export const callVariables = {
  TRUNKLINE_NAMESPACE: text({ what: 'a prefix of topic names', example: 'staging.', fallback: '' }),
  TRUNKLINE_VAULT_KEYS: text({
    what: 'the keys that seal secrets, newest first: name:env:VARIABLE or name:file:path, comma-separated; each is 32 bytes as base64',
    example: '2026-11:env:VAULT_KEY_2026_11,2025-02:file:/run/secrets/vault-2025-02',
    fallback: usualVaultKeys,
  }),
  TRUNKLINE_VAULT_KEY: optional(
    secret(
      text({
        what: 'the key that seals secrets, while there is one: 32 bytes as base64',
        example: 'the output of: openssl rand -base64 32',
      }),
    ),
  ),
  ...redisVariables,
  TRUNKLINE_LIMITER_PROCESSES: wholeNumber({ min: 1, max: 1_000, fallback: 4 }),
  TRUNKLINE_CLIENT_ORIGINS: optional(
    variable(
      {
        what: "where providers' APIs are instead, by their names, comma-separated: gateways of one's own",
        example: 'twilio=https://gateway.acme.example',
      },
      originsOf,
    ),
  ),
  TRUNKLINE_ALLOWED_NETWORKS: optional(
    list({ what: "networks of one's own that may be called, comma-separated", example: '10.1.0.0/16' }),
  ),
};

const callObject = z.object(callVariables);

/** What `callVariables` came to. */
export function callSettings(env: z.output<typeof callObject>): ExecutorSettings & { readonly vaultKeys: string } {
  return {
    namespace: env.TRUNKLINE_NAMESPACE,
    vaultKeys: env.TRUNKLINE_VAULT_KEYS,
    redis: redisAccess(env),
    limiterProcesses: env.TRUNKLINE_LIMITER_PROCESSES,
    clientOrigins: env.TRUNKLINE_CLIENT_ORIGINS ?? {},
    allowedNetworks: env.TRUNKLINE_ALLOWED_NETWORKS ?? [],
  };
}

function originsOf(given: string): Readonly<Record<string, string>> | undefined {
  const pairs = given.split(',').map((pair) => /^\s*([a-z_]+)=(https?:\/\/[^/\s]+)\s*$/.exec(pair));
  const origins: Record<string, string> = {};
  for (const pair of pairs) {
    const [, name, origin] = pair ?? [];
    if (name === undefined || origin === undefined) return undefined;
    origins[name] = origin;
  }
  return origins;
}

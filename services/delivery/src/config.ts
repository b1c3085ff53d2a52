import { type ConsumerConfig, consumerConfig } from '@trunkline/consumer';
import { list, milliseconds, optional, port, readSecretReference, secret, text } from '@trunkline/runtime';
import { z } from 'zod';

import { deliveryLimits } from './limits.ts';

/** The whole environment of the service: what every consumer service reads, and how it sends. */
export interface DeliveryConfig extends ConsumerConfig {
  /** As `readKeyList` of packages/vault reads it. */
  readonly vaultKeys: string;
  /** Networks of one's own that endpoints may be in, in plain HTTP too; none unless given. */
  readonly networks: readonly string[];
  /** Of this process among those that send, where it keeps a name over restarts. */
  readonly dispatcherName: string | undefined;
  /** How long a process that is not heard of keeps its endpoints. */
  readonly leaseMs: number;
  /** Where the HTTP API is asked. */
  readonly api: { readonly host: string; readonly port: number; readonly keepAliveMs: number };
}

const sending = z
  .object({
    TRUNKLINE_VAULT_KEYS: text({
      what: 'the keys that seal secrets, newest first: name:env:VARIABLE or name:file:path, comma-separated; each is 32 bytes as base64',
      example: '2026-11:env:VAULT_KEY_2026_11,2025-02:file:/run/secrets/vault-2025-02',
      fallback: 'first:env:TRUNKLINE_VAULT_KEY',
    }),
    TRUNKLINE_VAULT_KEY: optional(
      secret(
        text({
          what: 'the key that seals secrets, while there is one: 32 bytes as base64',
          example: 'the output of: openssl rand -base64 32',
        }),
      ),
    ),
    TRUNKLINE_DELIVERY_NETWORKS: optional(
      list({ what: "networks of one's own that endpoints may be in, comma-separated", example: '10.1.0.0/16' }),
    ),
    TRUNKLINE_DELIVERY_NAME: optional(
      text({
        what: 'a name of this process that no other has: one that is started again under it sends at once',
        example: 'delivery-1',
      }),
    ),
    TRUNKLINE_DELIVERY_LEASE_MS: milliseconds({ min: 1_000, max: 300_000, fallback: deliveryLimits.leaseMs }),
    TRUNKLINE_DELIVERY_API_HOST: text({
      what: 'an address that the HTTP API listens on',
      example: '0.0.0.0',
      fallback: '127.0.0.1',
    }),
    TRUNKLINE_DELIVERY_API_PORT: port(18_098),
    TRUNKLINE_DELIVERY_API_KEEP_ALIVE_MS: milliseconds({ min: 1_000, max: 86_400_000, fallback: 65_000 }),
  })
  .transform((env) => ({
    vaultKeys: env.TRUNKLINE_VAULT_KEYS,
    networks: env.TRUNKLINE_DELIVERY_NETWORKS ?? [],
    dispatcherName: env.TRUNKLINE_DELIVERY_NAME,
    leaseMs: env.TRUNKLINE_DELIVERY_LEASE_MS,
    api: {
      host: env.TRUNKLINE_DELIVERY_API_HOST,
      port: env.TRUNKLINE_DELIVERY_API_PORT,
      keepAliveMs: env.TRUNKLINE_DELIVERY_API_KEEP_ALIVE_MS,
    },
  }));

export const config: z.ZodType<DeliveryConfig> = z.intersection(consumerConfig, sending);

/** What is behind the reference of a key of the vault; undefined where there is nothing. */
export function readKeyReference(reference: string): string | undefined {
  return readSecretReference(reference, process.env);
}

import { callVariables, usualVaultKeys } from '@trunkline/connections';
import { consumerConfig, type ConsumerConfig } from '@trunkline/consumer';
import { milliseconds, wholeNumber } from '@trunkline/runtime';
import { z } from 'zod';

import type { BurstLimits } from './sending/burst.ts';

/** The whole environment of the service: what every consumer service reads, and how it sends. */
export interface NotificationsConfig extends ConsumerConfig {
  /**
   * What connections are sealed with, for senders that use them: as `readKeyList` of packages/vault reads it. Undefined where
   * none is given.
   */
  readonly vaultKeys: string | undefined;
  /** How long nobody else takes a message whose process is not heard of. */
  readonly leaseMs: number;
  /** Over one call to a provider. */
  readonly callMs: number;
  /** How long evidence of a message is waited for that may have been sent. */
  readonly evidenceMs: number;
  /** How many messages a person is told by one channel before the rest is told as one. */
  readonly burst: BurstLimits;
}

const sending = z
  .object({
    TRUNKLINE_VAULT_KEYS: callVariables.TRUNKLINE_VAULT_KEYS,
    TRUNKLINE_VAULT_KEY: callVariables.TRUNKLINE_VAULT_KEY,
    TRUNKLINE_SEND_LEASE_MS: milliseconds({ min: 1_000, max: 600_000, fallback: 60_000 }),
    TRUNKLINE_SEND_TIMEOUT_MS: milliseconds({ min: 100, max: 60_000, fallback: 15_000 }),
    TRUNKLINE_EVIDENCE_MS: milliseconds({ min: 100, max: 86_400_000, fallback: 600_000 }),
    TRUNKLINE_BURST_MESSAGES: wholeNumber({ min: 1, max: 1_000_000, fallback: 20 }),
    TRUNKLINE_BURST_WINDOW_MS: milliseconds({ min: 1_000, max: 86_400_000, fallback: 3_600_000 }),
    TRUNKLINE_DIGEST_MS: milliseconds({ min: 100, max: 86_400_000, fallback: 600_000 }),
  })
  .transform((env) => ({
    vaultKeys:
      env.TRUNKLINE_VAULT_KEY === undefined && env.TRUNKLINE_VAULT_KEYS === usualVaultKeys
        ? undefined
        : env.TRUNKLINE_VAULT_KEYS,
    leaseMs: env.TRUNKLINE_SEND_LEASE_MS,
    callMs: env.TRUNKLINE_SEND_TIMEOUT_MS,
    evidenceMs: env.TRUNKLINE_EVIDENCE_MS,
    burst: {
      messages: env.TRUNKLINE_BURST_MESSAGES,
      windowMs: env.TRUNKLINE_BURST_WINDOW_MS,
      digestMs: env.TRUNKLINE_DIGEST_MS,
    },
  }))
  .check((context) => {
    // Else a call that ends late would belong to somebody else by then.
    if (context.value.leaseMs >= 2 * context.value.callMs) return;
    context.issues.push({
      code: 'custom',
      input: undefined,
      path: ['TRUNKLINE_SEND_LEASE_MS'],
      message: 'must be at least twice TRUNKLINE_SEND_TIMEOUT_MS, for example 60000',
    });
  });

export const config: z.ZodType<NotificationsConfig> = z.intersection(consumerConfig, sending);

/** The environment that `env:NAME` of a sender's secret, or of a key of the vault, refers to. */
export function senderEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

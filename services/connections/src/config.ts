import { callSettings, callVariables } from '@trunkline/connections';
import type { ExecutorSettings } from '@trunkline/connections/open-executor';
import {
  type KafkaAccess,
  kafkaAccess,
  optional,
  type PostgresAccess,
  postgresAccess,
  postgresVariables,
  refuseHalfAccess,
  type RegistryAccess,
  registryAccess,
  serverVariables,
  text,
} from '@trunkline/runtime';
import { z } from 'zod';

/** The whole environment of the service, beside the secrets that the sources file refers to. */
export interface ConnectionsConfig {
  readonly calls: ExecutorSettings;
  /** Where operators are told from: requests are published there. */
  readonly kafka: KafkaAccess;
  readonly registry: RegistryAccess;
  readonly namespace: string;
  /** As `readKeyList` of packages/vault reads it. */
  readonly vaultKeys: string;
  readonly sourcesFile: string;
  readonly secretsFile: string | undefined;
  readonly postgres: PostgresAccess;
}

export const config: z.ZodType<ConnectionsConfig> = z
  .object({
    ...serverVariables,
    ...callVariables,
    TRUNKLINE_SOURCES: text({ what: 'the path of the sources file', example: 'trunkline.yaml' }),
    TRUNKLINE_SECRETS: optional(text({ what: 'the path of the secrets file', example: '.trunkline/secrets.env' })),
    // Four checks, one each of looking, rotation, the file, probes, the relay and alerts.
    ...postgresVariables({ service: 'connections', connections: 10 }),
  })
  .superRefine(refuseHalfAccess)
  .transform((env) => {
    const { vaultKeys, ...calls } = callSettings(env);
    return {
      calls,
      kafka: kafkaAccess(env),
      registry: registryAccess(env),
      namespace: env.TRUNKLINE_NAMESPACE,
      vaultKeys,
      sourcesFile: env.TRUNKLINE_SOURCES,
      secretsFile: env.TRUNKLINE_SECRETS,
      postgres: postgresAccess(env),
    };
  });

/** The environment that `env:NAME` of a secret in the sources file, or of a key of the vault, refers to. */
export function secretEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

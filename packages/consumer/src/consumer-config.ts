import {
  flag,
  installationKey,
  type KafkaAccess,
  kafkaAccess,
  list,
  milliseconds,
  optional,
  type PostgresAccess,
  postgresAccess,
  postgresVariables,
  type RedisAccess,
  redisAccess,
  redisVariables,
  refuseHalfAccess,
  type RegistryAccess,
  registryAccess,
  serverVariables,
  text,
  wholeNumber,
} from '@trunkline/runtime';
import { z } from 'zod';

import { retryTiers } from './groups.ts';

/** Everything a consumer service is told by its environment; the same for every domain. */
export interface ConsumerConfig {
  readonly kafka: KafkaAccess;
  readonly registry: RegistryAccess;
  /** Prefix of topics, groups, subjects and markers on a shared broker, registry and Redis. */
  readonly namespace: string;
  readonly postgres: PostgresAccess;
  /** Where the people and phones are; without it nobody is told anything. */
  readonly sourcesFile: string | undefined;
  /** Keys the digests of addresses; a service that makes none needs none. */
  readonly installationKey: Uint8Array | undefined;
  /** Keeps the first filter's markers; without it the inbox alone knows what is done. */
  readonly redis: RedisAccess | undefined;
  /** Each needs a topic; `trunkline topics apply` makes those of groups.ts. */
  readonly retryTiers: readonly string[];
  readonly maxAttempts: number;
  /** From the first failure to the last try. */
  readonly maxRetryAgeMs: number;
  /** Whether the group stands still when most keys fail alike. */
  readonly releaseGuard: boolean;
  /** Whether what a process had in hand when it died is taken with care; else nothing finds the record that it died of. */
  readonly crashWatch: boolean;
  /** How long a killed process keeps its partitions; the broker must allow it. */
  readonly sessionTimeoutMs: number;
  /** Events of one transaction at most. */
  readonly maxBatchRecords: number;
  readonly handlerDeadlineMs: number;
}

export const consumerConfig: z.ZodType<ConsumerConfig> = z
  .object({
    ...serverVariables,
    TRUNKLINE_NAMESPACE: text({ what: 'a prefix of topic names', example: 'staging.', fallback: '' }),
    TRUNKLINE_INSTALLATION_KEY: optional(installationKey()),
    TRUNKLINE_SOURCES: optional(text({ what: 'the path of the sources file', example: 'trunkline.yaml' })),
    // Three lanes of new work, one each of retries, redrives and the relay, one for probes and pruning, one spare.
    ...postgresVariables({ service: 'payments', connections: 8 }),
    ...redisVariables,
    TRUNKLINE_RETRY_TIERS: list({ what: 'delays, shortest first', example: '10s,1m', fallback: retryTiers }),
    TRUNKLINE_MAX_ATTEMPTS: wholeNumber({ min: 1, max: 100, fallback: 6 }),
    // Not above a day: the inbox keeps its ids for what the topics, this and the dead-letter topic allow together.
    TRUNKLINE_MAX_RETRY_AGE_MS: milliseconds({ min: 1_000, max: 86_400_000, fallback: 86_400_000 }),
    TRUNKLINE_RELEASE_GUARD: flag(true),
    TRUNKLINE_CRASH_WATCH: flag(true),
    // What a broker takes at least is its group.min.session.timeout.ms, 6000 unless it is told otherwise.
    TRUNKLINE_SESSION_TIMEOUT_MS: milliseconds({ min: 1_000, max: 300_000, fallback: 10_000 }),
    TRUNKLINE_BATCH_RECORDS: wholeNumber({ min: 1, max: 5_000, fallback: 500 }),
    TRUNKLINE_HANDLER_DEADLINE_MS: milliseconds({ min: 500, max: 600_000, fallback: 30_000 }),
  })
  .superRefine(refuseHalfAccess)
  .transform((env) => ({
    kafka: kafkaAccess(env),
    registry: registryAccess(env),
    namespace: env.TRUNKLINE_NAMESPACE,
    installationKey: env.TRUNKLINE_INSTALLATION_KEY,
    sourcesFile: env.TRUNKLINE_SOURCES,
    postgres: postgresAccess(env),
    redis: redisAccess(env),
    retryTiers: env.TRUNKLINE_RETRY_TIERS,
    maxAttempts: env.TRUNKLINE_MAX_ATTEMPTS,
    maxRetryAgeMs: env.TRUNKLINE_MAX_RETRY_AGE_MS,
    releaseGuard: env.TRUNKLINE_RELEASE_GUARD,
    crashWatch: env.TRUNKLINE_CRASH_WATCH,
    sessionTimeoutMs: env.TRUNKLINE_SESSION_TIMEOUT_MS,
    maxBatchRecords: env.TRUNKLINE_BATCH_RECORDS,
    handlerDeadlineMs: env.TRUNKLINE_HANDLER_DEADLINE_MS,
  }))
  .check((context) => {
    // Else a slow server would look like a slow handler, and its events would be retried instead of waiting for it.
    if (context.value.handlerDeadlineMs > context.value.postgres.statementTimeoutMs) return;
    context.issues.push({
      code: 'custom',
      input: undefined,
      path: ['TRUNKLINE_HANDLER_DEADLINE_MS'],
      message: 'must be longer than TRUNKLINE_POSTGRES_STATEMENT_TIMEOUT_MS, for example three times as long',
    });
  });

/** The environment that `env:NAME` of an address in the sources file refers to. */
export function addressEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

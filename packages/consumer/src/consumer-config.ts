import { flag, httpUrl, list, milliseconds, optional, text, variable, wholeNumber } from '@trunkline/runtime';
import { z } from 'zod';

import { retryTiers } from './groups.ts';

/** Everything a consumer service is told by its environment; the same for every domain. */
export interface ConsumerConfig {
  readonly kafka: { readonly brokers: readonly string[] };
  readonly registryUrl: string;
  /** Prefix of topics, groups, subjects and markers on a shared broker, registry and Redis. */
  readonly namespace: string;
  readonly postgres: {
    readonly url: string;
    readonly maxConnections: number;
    readonly statementTimeoutMs: number;
    readonly connectTimeoutMs: number;
  };
  /** Keeps the first filter's markers; without it the inbox alone knows what is done. */
  readonly redisUrl: string | undefined;
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
    TRUNKLINE_KAFKA_BROKERS: list({
      what: 'a comma-separated list of host:port',
      example: 'kafka-1:9092,kafka-2:9092',
    }),
    TRUNKLINE_REGISTRY_URL: httpUrl({
      what: 'the address of the schema registry',
      example: 'http://registry:8080/apis/ccompat/v7',
    }),
    TRUNKLINE_NAMESPACE: text({ what: 'a prefix of topic names', example: 'staging.', fallback: '' }),
    TRUNKLINE_DATABASE_URL: variable(
      {
        what: "the Postgres URL of the service's own role",
        example: 'postgres://trunkline_payments:…@postgres:5432/trunkline',
      },
      (given) => (/^postgres(?:ql)?:\/\//.test(given) && URL.canParse(given) ? given : undefined),
    ),
    // Two lanes of new work, one each of retries and redrives, one for probes and pruning, one spare.
    TRUNKLINE_POSTGRES_CONNECTIONS: wholeNumber({ min: 2, max: 100, fallback: 6 }),
    TRUNKLINE_POSTGRES_STATEMENT_TIMEOUT_MS: milliseconds({ min: 100, max: 300_000, fallback: 10_000 }),
    TRUNKLINE_POSTGRES_CONNECT_TIMEOUT_MS: milliseconds({ min: 100, max: 60_000, fallback: 3_000 }),
    TRUNKLINE_REDIS_URL: optional(
      variable({ what: 'a Redis URL', example: 'redis://redis:6379' }, (given) =>
        /^rediss?:\/\//.test(given) && URL.canParse(given) ? given : undefined,
      ),
    ),
    TRUNKLINE_RETRY_TIERS: list({ what: 'delays, shortest first', example: '10s,1m', fallback: retryTiers }),
    TRUNKLINE_MAX_ATTEMPTS: wholeNumber({ min: 1, max: 100, fallback: 6 }),
    // Not above a day: the inbox keeps its ids for what the topics, this and the dead-letter topic allow together.
    TRUNKLINE_MAX_RETRY_AGE_MS: milliseconds({ min: 1_000, max: 86_400_000, fallback: 86_400_000 }),
    TRUNKLINE_RELEASE_GUARD: flag(true),
    TRUNKLINE_CRASH_WATCH: flag(true),
    TRUNKLINE_SESSION_TIMEOUT_MS: milliseconds({ min: 6_000, max: 300_000, fallback: 10_000 }),
    TRUNKLINE_BATCH_RECORDS: wholeNumber({ min: 1, max: 5_000, fallback: 500 }),
    TRUNKLINE_HANDLER_DEADLINE_MS: milliseconds({ min: 500, max: 600_000, fallback: 30_000 }),
  })
  .transform((env) => ({
    kafka: { brokers: env.TRUNKLINE_KAFKA_BROKERS },
    registryUrl: env.TRUNKLINE_REGISTRY_URL,
    namespace: env.TRUNKLINE_NAMESPACE,
    postgres: {
      url: env.TRUNKLINE_DATABASE_URL,
      maxConnections: env.TRUNKLINE_POSTGRES_CONNECTIONS,
      statementTimeoutMs: env.TRUNKLINE_POSTGRES_STATEMENT_TIMEOUT_MS,
      connectTimeoutMs: env.TRUNKLINE_POSTGRES_CONNECT_TIMEOUT_MS,
    },
    redisUrl: env.TRUNKLINE_REDIS_URL,
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

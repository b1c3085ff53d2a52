import { retryTiers } from '@trunkline/consumer';
import { type IndexedEvents, jobLimits, journalLimits } from '@trunkline/journal';
import {
  installationKey,
  type KafkaAccess,
  kafkaAccess,
  list,
  milliseconds,
  oneOf,
  optional,
  type PostgresAccess,
  postgresAccess,
  postgresVariables,
  refuseHalfAccess,
  type RegistryAccess,
  registryAccess,
  serverVariables,
  text,
  wholeNumber,
} from '@trunkline/runtime';
import { z } from 'zod';

/** The whole environment of the journal. */
export interface JournalConfig {
  readonly kafka: KafkaAccess;
  readonly registry: RegistryAccess;
  /** Where the operators are that are told of dead letters; without it nobody is. */
  readonly sourcesFile: string | undefined;
  /** Prefix of topics, groups and subjects on a shared broker and registry. */
  readonly namespace: string;
  readonly postgres: PostgresAccess;
  /** Makes digests of ids that may be personal. */
  readonly installationKey: Uint8Array;
  /** Of the retry topics that are indexed; those of the consumers. */
  readonly retryTiers: readonly string[];
  /** How long a killed process keeps its partitions; the broker must allow it. */
  readonly sessionTimeoutMs: number;
  /** Records of one transaction at most. */
  readonly maxBatchRecords: number;
  /** Which events and deliveries have rows of their own; all are counted. */
  readonly events: IndexedEvents;
  /** How often it is looked whether every event is somewhere, and how old those are that are looked for. */
  readonly account: { readonly everyMs: number; readonly delayMs: number };
  /** How long nobody else takes a job whose process is not heard of. */
  readonly jobLeaseMs: number;
}

export const config: z.ZodType<JournalConfig> = z
  .object({
    ...serverVariables,
    TRUNKLINE_NAMESPACE: text({ what: 'a prefix of topic names', example: 'staging.', fallback: '' }),
    TRUNKLINE_SOURCES: optional(text({ what: 'the path of the sources file', example: 'trunkline.yaml' })),
    TRUNKLINE_INSTALLATION_KEY: installationKey(),
    // One for each of the two groups, two for searches, one each for probes and upkeep, the relay and alerts, one spare.
    ...postgresVariables({ service: 'journal', connections: 8 }),
    TRUNKLINE_RETRY_TIERS: list({ what: 'delays, shortest first', example: '10s,1m', fallback: retryTiers }),
    TRUNKLINE_SESSION_TIMEOUT_MS: milliseconds({ min: 1_000, max: 300_000, fallback: 10_000 }),
    TRUNKLINE_BATCH_RECORDS: wholeNumber({ min: 1, max: 5_000, fallback: journalLimits.batchRecords }),
    TRUNKLINE_JOURNAL_EVENTS: oneOf(['all', 'failures'], 'all'),
    TRUNKLINE_ACCOUNT_EVERY_MS: milliseconds({ min: 100, max: 3_600_000, fallback: 300_000 }),
    TRUNKLINE_ACCOUNT_DELAY_MS: milliseconds({ min: 0, max: 3_600_000, fallback: 600_000 }),
    TRUNKLINE_JOB_LEASE_MS: milliseconds({ min: 1_000, max: 300_000, fallback: jobLimits.leaseMs }),
  })
  .superRefine(refuseHalfAccess)
  .transform((env) => ({
    kafka: kafkaAccess(env),
    registry: registryAccess(env),
    namespace: env.TRUNKLINE_NAMESPACE,
    sourcesFile: env.TRUNKLINE_SOURCES,
    installationKey: env.TRUNKLINE_INSTALLATION_KEY,
    postgres: postgresAccess(env),
    retryTiers: env.TRUNKLINE_RETRY_TIERS,
    sessionTimeoutMs: env.TRUNKLINE_SESSION_TIMEOUT_MS,
    maxBatchRecords: env.TRUNKLINE_BATCH_RECORDS,
    events: env.TRUNKLINE_JOURNAL_EVENTS,
    account: { everyMs: env.TRUNKLINE_ACCOUNT_EVERY_MS, delayMs: env.TRUNKLINE_ACCOUNT_DELAY_MS },
    jobLeaseMs: env.TRUNKLINE_JOB_LEASE_MS,
  }));

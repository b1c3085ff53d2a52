import type { KafkaConnection, SchemaRegistryClient, TopicPlan } from '@trunkline/kafka';
import type { Database } from '@trunkline/postgres';

import type { Progress } from './progress.ts';

/**
 * What an installation is looked at through. Whoever asks (the command line, a service) says where its servers are; a
 * server that nobody named is refused with `config_invalid` when it is first needed.
 */
export interface OperatorAccess {
  readonly signal: AbortSignal;
  /** As the settings name them. */
  kafkaBrokers(): string;
  /** Connects with the first use. */
  kafka(): KafkaConnection;
  registry(): SchemaRegistryClient;
  /** The retry topics that each group has. */
  retryTiers(): readonly string[];
  /** The topics of this build for this installation. */
  topicPlan(): TopicPlan;
  /** Opens the database on a service's schema for one use and closes it again. */
  withDatabase<T>(schema: string, use: (database: Database) => Promise<T>): Promise<T>;
  /** Tells somebody who waits how far a long reading is. */
  progress(label: string): Progress;
}

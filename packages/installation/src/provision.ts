import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { TrunklineError } from '@trunkline/core';
import { largestBodyBytes, schemaTexts, topicEntry, topics } from '@trunkline/events';
import {
  createKafkaConnection,
  createSchemaRegistry,
  createTopicAdmin,
  type ReplicasOf,
  type TopicAdmin,
  type TopicDiff,
  topicPlan,
} from '@trunkline/kafka';
import { type LoginPasswords, migrate, operatorLogin, roleOfLogin, withDatabase, withLogin } from '@trunkline/postgres';

import { administratorOf, type KafkaUsers } from './kafka-users.ts';

/** The servers an installation stands on. */
export interface InstallationEndpoints {
  readonly kafkaBrokers: string;
  readonly registryUrl: string;
  readonly postgresAdminUrl: string;
  /** Of a Kafka that asks for logins. */
  readonly kafkaUsers?: KafkaUsers | undefined;
}

/** What the topics of an installation are made with. */
export interface TopicSizes {
  /** Of each topic of the catalogue. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Where each partition is, in place of the number of replicas. */
  readonly replicasOf?: ReplicasOf | undefined;
}

export interface ProvisionOptions {
  /** The repository: migrations are read from its services. */
  readonly root: string;
  readonly endpoints: InstallationEndpoints;
  readonly namespace: string;
  readonly database: string;
  /** Of the database's roles: each service's by its schema, and `operator`. */
  readonly passwords: LoginPasswords;
  readonly groups: readonly string[];
  readonly retryTiers: readonly string[];
  readonly topics: TopicSizes;
}

/** A registration waits for those before it, and a busy machine takes its time. */
const registryTimeoutMs = 20_000;
/** Registrations at one time: the registry shares the machine, and one asked for all at once answers the last too late. */
const registerLanes = 4;

/** Creates what is missing of topics; refuses a topic whose partitions differ, because keys would move. */
export async function applyTopics(options: Omit<ProvisionOptions, 'database' | 'passwords'>): Promise<number> {
  const { namespace, groups, retryTiers, topics: sizes } = options;
  return withAdmin(options.endpoints, namespace, async (admin) => {
    const plan = topicPlan({ ...sizes, largestBodyBytes, groups, retryTiers });
    const [wrong] = await admin.apply(plan);
    if (wrong !== undefined) throw new TrunklineError('config_invalid', otherSize(wrong));
    return plan.length;
  });
}

/** How many brokers there are, which bounds the replicas of a topic. */
export async function countBrokers(endpoints: InstallationEndpoints): Promise<number> {
  return withAdmin(endpoints, '', (admin) => admin.brokers());
}

function otherSize(wrong: TopicDiff): string {
  const what =
    wrong.kind === 'wrong_partitions'
      ? `has ${wrong.actual} partitions and ${wrong.desired} are asked for: TRUNKLINE_PARTITIONS=${wrong.actual} keeps them`
      : `differs (${wrong.kind})`;
  // Keys would move to other partitions, and with them the order of events.
  return `topic ${wrong.topic} ${what}; npm run stack:reset forgets the data of servers that npm start started`;
}

async function withAdmin<T>(
  { kafkaBrokers, kafkaUsers }: InstallationEndpoints,
  namespace: string,
  use: (admin: TopicAdmin) => Promise<T>,
): Promise<T> {
  const connection = createKafkaConnection({
    brokers: kafkaBrokers.split(','),
    clientId: 'trunkline-provision',
    namespace,
    security: administratorOf(kafkaUsers),
    log: () => undefined,
  });
  const admin = createTopicAdmin(connection);
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}

/** Registers the schema of every topic of the catalogue. */
export async function registerSchemas({
  endpoints,
  namespace,
}: Pick<ProvisionOptions, 'endpoints' | 'namespace'>): Promise<number> {
  const registry = createSchemaRegistry({ url: endpoints.registryUrl, namespace, timeoutMs: registryTimeoutMs });
  const waiting = topics.values();
  // The lanes draw from one iterator; the first failure is the caller's, and the other lanes end with what they have begun.
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const topic of waiting) {
      if (failed) return;
      try {
        await registry.register(topicEntry(topic).subject, schemaTexts[topic], 'FULL_TRANSITIVE');
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: registerLanes }, lane));
  return topics.length;
}

/** Brings the database to the state of the code. */
export async function migrateServices(
  options: Pick<ProvisionOptions, 'root' | 'endpoints' | 'database' | 'passwords'> & {
    /** Each is `services/<schema>/migrations`. */
    readonly schemas: readonly string[];
  },
): Promise<void> {
  await migrate({
    adminUrl: options.endpoints.postgresAdminUrl,
    database: options.database,
    services: options.schemas.map((schema) => ({
      schema,
      directory: join(options.root, 'services', schema, 'migrations'),
    })),
    passwords: options.passwords,
  });
}

/** The database as a login reaches it: a service by its schema, or `operator`. */
export function databaseUrlOf(
  { endpoints, database, passwords }: Pick<ProvisionOptions, 'endpoints' | 'database' | 'passwords'>,
  login: string,
): string {
  const password = passwords[login];
  if (password === undefined) throw new TrunklineError('config_invalid', `there is no database password for ${login}`);
  return withLogin(withDatabase(endpoints.postgresAdminUrl, database), roleOfLogin(database, login), password);
}

/** Passwords for the operator and each schema, made anew. */
export function randomPasswords(schemas: readonly string[]): LoginPasswords {
  return Object.fromEntries([operatorLogin, ...schemas].map((login) => [login, randomBytes(24).toString('hex')]));
}

/** A prefix of topics, groups and subjects that no other run has. */
export function randomNamespace(): string {
  return `t${randomBytes(4).toString('hex')}.`;
}

/** The installation that `npm start` runs: on which servers, with which names, sizes and passwords. */
import { join } from 'node:path';

import { groups, retryTiers as standardTiers, schemas } from '@trunkline/consumer';
import { TrunklineError } from '@trunkline/core';
import {
  administratorOf,
  applyTopics,
  countBrokers,
  type Installation,
  migrateServices,
  registerSchemas,
  type TopicSizes,
} from '@trunkline/installation';
import { createKafkaConnection } from '@trunkline/kafka';
import { applyAcls } from '@trunkline/operations';
import type { Env, Progress, Stack } from '@trunkline/stack';

import { ensurePasswords, ensureVaultKeys } from './secrets.ts';

export interface Places {
  readonly root: string;
  readonly stateDir: string;
  readonly sourcesFile: string;
  readonly secretsFile: string;
}

const groupNames = groups.map(({ name }) => name);

export function installationOn(
  stack: Stack,
  given: {
    readonly env: Env;
    readonly secrets: Installation['secrets'];
    readonly addresses: NonNullable<Installation['addresses']>;
    readonly connectionSecrets: NonNullable<Installation['connectionSecrets']>;
    readonly senderSecrets: NonNullable<Installation['senderSecrets']>;
    readonly places: Places;
  },
): Installation {
  const { env, places } = given;
  const { kafkaBrokers, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl } = stack.endpoints;
  const tiers = env['TRUNKLINE_RETRY_TIERS'] ?? '';
  return {
    root: places.root,
    endpoints: { kafkaBrokers, kafkaUsers: stack.security, registryUrl, postgresAdminUrl, redisUrl, zipkinUrl },
    // Servers that are given may hold several installations: each has its own prefix and database.
    namespace: env['TRUNKLINE_NAMESPACE'] ?? '',
    database: env['TRUNKLINE_DATABASE'] || 'trunkline',
    passwords: ensurePasswords(join(places.stateDir, 'passwords.env'), env),
    sourcesFile: places.sourcesFile,
    // What is in the file stays there: a process follows the file, but reads its environment once.
    secrets: Object.fromEntries(
      Object.entries(given.secrets).filter(([name]) => name.startsWith('TRUNKLINE_') || env[name] !== undefined),
    ),
    secretsFile: places.secretsFile,
    addresses: given.addresses,
    connectionSecrets: given.connectionSecrets,
    vaultKeys: ensureVaultKeys(join(places.stateDir, 'vault.env'), env),
    senderSecrets: given.senderSecrets,
    logDir: join(places.stateDir, 'logs'),
    ...(tiers === '' ? {} : { retryTiers: tiers.split(',').map((tier) => tier.trim()) }),
  };
}

/** Servers of our own share one machine, so their topics are small; given ones get the documented sizes. */
export async function topicSizesOf(stack: Pick<Stack, 'kind' | 'endpoints'>, env: Env): Promise<TopicSizes> {
  const isGiven = stack.kind === 'env';
  return {
    partitions: count(env, 'TRUNKLINE_PARTITIONS') ?? (isGiven ? 12 : 3),
    replicationFactor:
      count(env, 'TRUNKLINE_REPLICATION_FACTOR') ?? (isGiven ? Math.min(3, await countBrokers(stack.endpoints)) : 1),
  };
}

function count(env: Env, name: string): number | undefined {
  const text = env[name] ?? '';
  if (text === '') return undefined;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new TrunklineError('config_invalid', `${name} is '${text}'; it must be a whole number from 1`);
}

/** As the administrator, who alone may say what others may. */
async function letUsersIn(
  { endpoints: { kafkaBrokers, kafkaUsers }, namespace }: Installation,
  retryTiers: readonly string[],
): Promise<void> {
  const administrator = createKafkaConnection({
    brokers: kafkaBrokers.split(','),
    clientId: 'trunkline-provision',
    namespace,
    security: administratorOf(kafkaUsers),
    log: () => undefined,
  });
  await applyAcls(administrator, retryTiers);
}

/** Topics, schemas and the database, at one time. */
export async function provision(installation: Installation, topics: TopicSizes, progress: Progress): Promise<void> {
  const retryTiers = installation.retryTiers ?? standardTiers;
  await Promise.all([
    progress.step('topics', async () => {
      await applyTopics({ ...installation, groups: groupNames, retryTiers, topics });
    }),
    ...(installation.endpoints.kafkaUsers === undefined
      ? []
      : [progress.step('rights of users', () => letUsersIn(installation, retryTiers))]),
    progress.step('schemas', async () => {
      await registerSchemas(installation);
    }),
    progress.step('database', () => migrateServices({ ...installation, schemas })),
  ]);
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { groups, retryTiers, schemas } from '@trunkline/consumer';
import type { Installation } from '@trunkline/installation';
import { randomKey, randomVaultKey } from '@trunkline/installation';
import { freePorts } from '@trunkline/installation';
import {
  administratorOf,
  applyTopics,
  migrateServices,
  randomNamespace,
  randomPasswords,
  registerSchemas,
} from '@trunkline/installation';
import { createKafkaConnection, type KafkaConnection, type ReplicasOf } from '@trunkline/kafka';
import { applyAcls } from '@trunkline/operations';
import { createDatabase, type Database, withDatabase } from '@trunkline/postgres';
import type { SourceSettings } from '@trunkline/providers';
import { loadSources } from '@trunkline/sources';
import { listConnectionVariables } from '@trunkline/sources/connections';
import { listSenderVariables } from '@trunkline/sources/senders';

/** An installation that shares nothing but the servers: topics, subjects, database, sources and secrets are its own. */
export interface TestInstallation {
  readonly installation: Installation;
  /** Where its ingress is to listen: known before it runs, and the same after a restart. */
  readonly ingressPort: number;
  readonly ingressUrl: string;
  /** As an administrator: what a test verifies must not be filtered by row-level security. */
  readonly database: Database;
  readonly kafka: KafkaConnection;
  /** A source of the sources file with its secrets, to sign requests as its provider would. */
  settingsOf(sourceId: string): SourceSettings;
  /** Lets go of what this object holds; the processes of the installation are their starter's. */
  close(): Promise<void>;
}

export interface TestInstallationOptions {
  readonly root: string;
  readonly endpoints: Installation['endpoints'];
  /** Names the database and the folder of the logs, test-results/<tier>. */
  readonly tier: string;
  readonly sourcesYaml: string;
  /** Values of the `env:` references of the sources; the installation key is made here. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Folders of services/ that it has topics and tables of; all unless given. */
  readonly services?: readonly string[] | undefined;
  /** Groups beside those of services/, which need topics too. */
  readonly otherGroups?: readonly string[];
  /** Of its topics and its consumers. Unless given, there are the topics of all and consumers use the shortest. */
  readonly retryTiers?: readonly string[];
  /** Of every topic; one unless given. */
  readonly replicationFactor?: number | undefined;
  /** Which brokers have which partition, where there are several; else Kafka chooses. */
  readonly replicasOf?: ReplicasOf | undefined;
}

/** What the topics of a test installation are made with; the CLI has to be told. */
export const testTopics = { partitions: 3, replicationFactor: 1 } as const;
/** A test that lets an event fail again and again should wait for the shortest delay only. */
const shortestTier = retryTiers.slice(0, 1);
const services = groups.map(({ name }) => name);

/** Creates topics, schemas, database and configuration on the given servers. */
export async function createTestInstallation(options: TestInstallationOptions): Promise<TestInstallation> {
  const { root, endpoints, tier } = options;
  const directory = mkdtempSync(join(tmpdir(), `trunkline-${tier}-`));
  const database = `trunkline_${tier}_${randomBytes(4).toString('hex')}`;
  const secrets = { TRUNKLINE_INSTALLATION_KEY: randomKey(), ...options.secrets };
  const sourcesFile = join(directory, 'trunkline.yaml');
  writeFileSync(sourcesFile, options.sourcesYaml);
  const [ingressPort = 0] = await freePorts(1);
  const logDir = join(root, 'test-results', tier, database);
  mkdirSync(logDir, { recursive: true });
  const namespace = randomNamespace();
  const isThere = (service: string): boolean => options.services?.includes(service) ?? true;
  const ownSchemas = schemas.filter(isThere);
  const passwords = randomPasswords(ownSchemas);
  const connectionVariables = await listConnectionVariables(sourcesFile);
  const secretsIn = (names: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(options.secrets).filter(([name]) => names.includes(name)));
  const installation = {
    root,
    endpoints,
    namespace,
    database,
    // Whoever brings a group of its own makes its schema, and its role with it.
    passwords: { ...randomPasswords(options.otherGroups ?? []), ...passwords },
    sourcesFile,
    secrets,
    connectionSecrets: secretsIn(connectionVariables),
    senderSecrets: secretsIn(await listSenderVariables(sourcesFile)),
    vaultKeys: { TRUNKLINE_VAULT_KEY: randomVaultKey() },
    logDir,
    retryTiers: options.retryTiers ?? shortestTier,
  };
  await Promise.all([
    applyTopics({
      ...installation,
      groups: [...services.filter(isThere), ...(options.otherGroups ?? [])],
      retryTiers: options.retryTiers ?? retryTiers,
      topics: {
        ...testTopics,
        replicationFactor: options.replicationFactor ?? testTopics.replicationFactor,
        replicasOf: options.replicasOf,
      },
    }),
    registerSchemas(installation),
    migrateServices({ ...installation, passwords, schemas: ownSchemas }),
  ]);
  const settingsOf = await settingsReader(installation);
  const kafka = createKafkaConnection({
    brokers: endpoints.kafkaBrokers.split(','),
    clientId: `trunkline-${tier}-test`,
    namespace,
    security: administratorOf(endpoints.kafkaUsers),
    log: () => undefined,
  });
  if (endpoints.kafkaUsers !== undefined) await applyAcls(kafka, installation.retryTiers);
  const admin = createDatabase({
    connectionString: withDatabase(endpoints.postgresAdminUrl, database),
    schema: 'payments',
    applicationName: `trunkline-${tier}-test`,
    maxConnections: 2,
    statementTimeoutMs: 60_000,
    connectTimeoutMs: 10_000,
  });
  return {
    installation,
    ingressPort,
    ingressUrl: `http://127.0.0.1:${ingressPort}`,
    database: admin,
    kafka,
    settingsOf,
    close: async () => {
      await admin.close({ deadlineMs: 5_000 });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function settingsReader({ sourcesFile, secrets }: Installation): Promise<TestInstallation['settingsOf']> {
  const loaded = await loadSources(sourcesFile, { env: secrets });
  if ('problems' in loaded) throw new Error(`the sources of the test do not load: ${JSON.stringify(loaded.problems)}`);
  return (sourceId) => {
    const source = loaded.catalog.source(sourceId);
    if (source === undefined) throw new RangeError(`the sources of the test have no ${sourceId}`);
    return source.settings;
  };
}

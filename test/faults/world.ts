/** The installation a fault row breaks: real servers, the real services, and a consumer that counts. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createDatabase, type Database, migrate, withDatabase } from '@trunkline/postgres';
import type { SourceSettings } from '@trunkline/providers';
import { loadSources } from '@trunkline/sources';
import {
  applyTopics,
  createDeliverySender,
  type DeliverySender,
  freePorts,
  type Installation,
  type InstallationEndpoints,
  migrateServices,
  randomKey,
  randomNamespace,
  registerSchemas,
} from '@trunkline/testkit';

export interface FaultWorld {
  readonly installation: Installation;
  readonly tenantId: string;
  readonly ingressPort: number;
  /** As an administrator: what a verifier reads must not be filtered by row-level security. */
  readonly database: Database;
  readonly sender: DeliverySender;
  close(): Promise<void>;
}

export const root: string = join(import.meta.dirname, '../..');
const groups = ['payments'];
const retryTiers = ['10s'];
const partitions = 3;
const sourceId = 'src_fault';

/** Topics, schemas, database and configuration of their own, on the given servers. */
export async function createWorld(given: InstallationEndpoints): Promise<FaultWorld> {
  // No trace store: at this rate it would be what is measured.
  const endpoints = { kafkaBrokers: given.kafkaBrokers, registryUrl: given.registryUrl, postgresAdminUrl: given.postgresAdminUrl };
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-faults-'));
  const namespace = randomNamespace();
  const database = `trunkline_fault_${randomBytes(4).toString('hex')}`;
  const secrets = { TRUNKLINE_INSTALLATION_KEY: randomKey(), FAULT_SECRET: `whsec_${randomKey()}` };
  const sourcesFile = join(directory, 'trunkline.yaml');
  writeFileSync(sourcesFile, sourcesYaml);
  const [ingressPort = 0] = await freePorts(1);
  const installation: Installation = {
    root,
    endpoints,
    namespace,
    database,
    appPassword: 'trunkline-app-of-a-test-run',
    sourcesFile,
    secrets,
    logDir: join(root, 'test-results', 'faults', database),
  };
  mkdirSync(installation.logDir, { recursive: true });
  await Promise.all([
    applyTopics({ ...installation, groups: [...groups, 'tally'], retryTiers, partitions }),
    registerSchemas(installation),
    migrateServices({ ...installation, groups }).then(() => migrateTally(installation)),
  ]);
  const admin = createDatabase({
    connectionString: withDatabase(endpoints.postgresAdminUrl, database),
    schema: 'payments',
    applicationName: 'trunkline-fault-verifier',
    maxConnections: 2,
    statementTimeoutMs: 60_000,
    connectTimeoutMs: 10_000,
  });
  return {
    installation,
    tenantId: 'tnt_fault',
    ingressPort,
    database: admin,
    sender: createDeliverySender({
      provider: 'stripe',
      fixture: 'payment_intent.succeeded',
      freshIds: ['evt_3Tkl7Demo0Success01', 'pi_3Tkl7Demo0Payment0001'],
      settings: await settingsOf(sourcesFile, secrets),
      ingressUrl: () => `http://127.0.0.1:${ingressPort}`,
    }),
    close: async () => {
      await admin.close({ deadlineMs: 5_000 });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function migrateTally({ endpoints, database }: Installation): Promise<void> {
  await migrate({
    adminUrl: endpoints.postgresAdminUrl,
    database,
    services: [{ schema: 'tally', directory: join(import.meta.dirname, 'tally/migrations') }],
  });
}

async function settingsOf(sourcesFile: string, secrets: Readonly<Record<string, string>>): Promise<SourceSettings> {
  const loaded = await loadSources(sourcesFile, { env: secrets });
  const source = 'catalog' in loaded ? loaded.catalog.source(sourceId) : undefined;
  if (source === undefined) throw new Error(`the sources of the fault suite do not load: ${JSON.stringify(loaded)}`);
  return source.settings;
}

const sourcesYaml = `version: 1
tenants:
  - id: tnt_fault
    name: Fault suite
sources:
  - id: ${sourceId}
    tenant: tnt_fault
    provider: stripe
    account: acct_demo
    secrets: ['env:FAULT_SECRET']
    options:
      modes: [test]
`;

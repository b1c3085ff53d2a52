/** The installation a fault row breaks: real servers, the real services, and a consumer that counts. */
import { join } from 'node:path';

import {
  type Installation,
  type InstallationEndpoints,
  randomKey,
  type ServiceProcess,
  startService,
  type StartServiceOptions,
} from '@trunkline/installation';
import { migrate } from '@trunkline/postgres';
import {
  createDeliverySender,
  createTestInstallation,
  type DeliverySender,
  type Mutation,
  type TestInstallation,
  undoing,
} from '@trunkline/testkit';

export interface FaultWorld extends TestInstallation {
  readonly tenantId: string;
  readonly sender: DeliverySender;
  /** A sender of events that the tally treats in its own way; see tally/src/handler.ts. */
  senderOf(marker: string): DeliverySender;
  /** Starts a service of this world, with a safeguard undone in it if one is given; whatever still runs at `close` is ended there. */
  start(options: StartServiceOptions & { readonly mutation?: Mutation }): Promise<ServiceProcess>;
}

export const root: string = join(import.meta.dirname, '../..');
const sourceId = 'src_fault';
/** One tier, and a short one: what is retried is retried within the run. */
export const retryTier = '1s';

/** Topics, schemas, database and configuration of their own, on the given servers. */
export async function createWorld(
  given: InstallationEndpoints & { readonly redisUrl: string },
  { redis }: { readonly redis: boolean },
): Promise<FaultWorld> {
  const endpoints = {
    kafkaBrokers: given.kafkaBrokers,
    registryUrl: given.registryUrl,
    postgresAdminUrl: given.postgresAdminUrl,
    ...(redis ? { redisUrl: given.redisUrl } : {}),
  };
  const made = await createTestInstallation({
    root,
    endpoints,
    tier: 'faults',
    sourcesYaml,
    secrets: { FAULT_SECRET: `whsec_${randomKey()}` },
    otherGroups: ['tally'],
    retryTiers: [retryTier],
  });
  await migrateTally(made.installation);
  const senderOf = (marker: string): DeliverySender =>
    createDeliverySender({
      provider: 'stripe',
      fixture: 'payment_intent.succeeded',
      freshIds: ['evt_3Tkl7Demo0Success01', 'pi_3Tkl7Demo0Payment0001'],
      marker,
      settings: made.settingsOf(sourceId),
      ingressUrl: () => made.ingressUrl,
    });
  const started: ServiceProcess[] = [];
  return {
    ...made,
    tenantId: 'tnt_fault',
    sender: senderOf(''),
    senderOf,
    start: async ({ mutation, ...options }) => {
      const { env, ...undone } = undoing(mutation);
      const process = await startService(made.installation, { ...options, ...undone, env: { ...env, ...options.env } });
      started.push(process);
      return process;
    },
    close: async () => {
      await Promise.all(started.filter((process) => !process.hasExited()).map((process) => process.stop()));
      await made.close();
    },
  };
}

/** Runs something in a world and closes it, however that ends. */
export async function inWorld<T>(world: FaultWorld, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } finally {
    await world.close();
  }
}

async function migrateTally({ endpoints, database, passwords }: Installation): Promise<void> {
  await migrate({
    adminUrl: endpoints.postgresAdminUrl,
    database,
    services: [{ schema: 'tally', directory: join(import.meta.dirname, 'tally/migrations') }],
    passwords: { tally: passwords['tally'] ?? '' },
  });
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
    rate: { requests: 1000000, per: 1s }
    options:
      modes: [test]
`;

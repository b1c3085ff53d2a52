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
  type DeliveryTemplate,
  type Mutation,
  type TestClock,
  type TestInstallation,
  undoing,
} from '@trunkline/testkit';

import type { FaultRow, RowScale } from './row.ts';

export interface FaultWorld extends TestInstallation {
  readonly tenantId: string;
  /** The one there is. */
  readonly retryTier: string;
  /** Processes behind the port of each ingress. */
  readonly ingressWorkers: number;
  readonly sender: DeliverySender;
  /** A sender of events that the tally treats in its own way; see tally/src/handler.ts. */
  senderOf(marker: string): DeliverySender;
  /** A sender of another provider's events, each about an entity of its own. */
  senderFor(template: ForeignTemplate): DeliverySender;
  /** Starts a service of this world, with a safeguard undone in it if one is given; whatever still runs at `close` is ended there. */
  start(options: WorldStart): Promise<ServiceProcess>;
}

export interface WorldStart extends StartServiceOptions {
  readonly mutation?: Mutation | undefined;
  /** What the process goes by; the machine's clock unless given. */
  readonly clock?: TestClock | undefined;
  /** The root of the checkout whose code it runs; this one unless given. */
  readonly checkout?: string | undefined;
}

/** One of the sources below, and what it sends. */
export type ForeignTemplate = Pick<
  DeliveryTemplate,
  'provider' | 'fixture' | 'freshIds' | 'marker' | 'rewrite' | 'nowMs'
> & {
  readonly source: string;
};

export const root: string = join(import.meta.dirname, '../..');
const sourceId = 'src_fault';
/** One tier, and a short one: what is retried is retried within the run. */
const usualRetryTier = '1s';

/** Topics, schemas, database and configuration of their own, on the given servers, as the row wants them. */
export async function createWorld(
  given: InstallationEndpoints & { readonly redisUrl: string },
  row: Pick<FaultRow, 'usesRedis' | 'services' | 'cluster'>,
  {
    retryTier = usualRetryTier,
    ingressWorkers = 1,
  }: Pick<RowScale, 'retryTier'> & Partial<Pick<FaultWorld, 'ingressWorkers'>>,
): Promise<FaultWorld> {
  const endpoints = {
    kafkaBrokers: given.kafkaBrokers,
    registryUrl: given.registryUrl,
    postgresAdminUrl: given.postgresAdminUrl,
    ...(row.usesRedis === true ? { redisUrl: given.redisUrl } : {}),
  };
  const made = await createTestInstallation({
    root,
    endpoints,
    tier: 'faults',
    sourcesYaml,
    secrets: { FAULT_SECRET: `whsec_${randomKey()}`, OTHER_FAULT_SECRET: randomKey() },
    services: row.services === undefined ? undefined : ['payments', ...row.services],
    otherGroups: ['tally'],
    retryTiers: [retryTier],
    replicationFactor: row.cluster?.replicationFactor,
    replicasOf: row.cluster?.replicasOf,
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
    retryTier,
    ingressWorkers,
    sender: senderOf(''),
    senderOf,
    senderFor: ({ source, ...template }) =>
      createDeliverySender({
        ...template,
        settings: made.settingsOf(source),
        ingressUrl: () => made.ingressUrl,
      }),
    start: async ({ mutation, clock, checkout = root, ...options }) => {
      const preloads = [undoing(mutation), clock?.undoing ?? {}];
      const workers = options.name === 'ingress' ? { TRUNKLINE_INGRESS_WORKERS: String(ingressWorkers) } : {};
      const process = await startService(
        { ...made.installation, root: checkout },
        {
          ...options,
          nodeArguments: preloads.flatMap(({ nodeArguments = [] }) => nodeArguments),
          env: Object.assign(workers, ...preloads.map(({ env }) => env), options.env),
        },
      );
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
  - id: src_fault_calendly
    tenant: tnt_fault
    provider: calendly
    account: DEMOORGANIZATION1
    secrets: ['env:OTHER_FAULT_SECRET']
    rate: { requests: 1000000, per: 1s }
  - id: src_fault_hubspot
    tenant: tnt_fault
    provider: hubspot
    secrets: ['env:OTHER_FAULT_SECRET']
    rate: { requests: 1000000, per: 1s }
`;

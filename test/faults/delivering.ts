/** What the rows of webhooks share: events of payments, endpoints and a receiver that remembers, and processes that send. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { systemClock } from '@trunkline/core';
import { createEndpoint, type NewEndpoint } from '@trunkline/delivery';
import { createEventCodec, encodeEvent } from '@trunkline/events';
import { type Loopback, startLoopback } from '@trunkline/http-client/testing';
import { databaseUrlOf, type ServiceProcess, until } from '@trunkline/installation';
import { createPublisher, createSchemaRegistry, type OutgoingRecord } from '@trunkline/kafka';
import { createDatabase, type Database } from '@trunkline/postgres';
import { createLedger, type PromiseLedger, sealedPayment } from '@trunkline/testkit';
import { createVault, readKeyList } from '@trunkline/vault';

import { type Consuming, type ConsumerStart, startConsumer, untilConsumed } from './consumers.ts';
import type { RowRun } from './row.ts';
import type { FaultWorld } from './world.ts';

/** A request that the receiver got. */
export interface Posting {
  /** Of the endpoint. */
  readonly path: string;
  readonly eventId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface Delivering {
  /** Of each event and endpoint, as `nameOf` writes it. */
  readonly ledger: PromiseLedger;
  readonly postings: Posting[];
  /** The pairs that the receiver took, once for each time. */
  readonly taken: string[];
  /** What happens to a request; it is taken, with 204, unless another way is set. */
  answerBy: (posting: Posting) => void;
  /** Takes it, if its sender still listens. */
  readonly take: (posting: Posting) => void;
  readonly operator: Database;
  /** Which endpoints are promised anything, by their paths; all unless another way is set. */
  isPromised: (path: string) => boolean;
  /** With a receiver of their own, because connections to one are limited; the first part of their paths is the kind. */
  createEndpoints(count: number, given?: Partial<NewEndpoint> & { readonly kind?: string }): Promise<void>;
  /** Puts so many events of the tenant on the topic; each is promised to its endpoints when Kafka has it. */
  publish(count: number, tenantId?: string): Promise<void>;
  /** An event about each of these payments, in their order; a payment may be there several times. Resolves with the events' ids. */
  publishAbout(payments: readonly string[], tenantId?: string): Promise<readonly string[]>;
  /** The oldest that were published once, so many at most, once more. */
  publishAgain(count: number): Promise<void>;
  /** A process that fans out and sends, under a name that it keeps. */
  start(name: string, options?: ConsumerStart): Promise<ServiceProcess>;
  /** Tasks that there are. */
  waiting(): Promise<number>;
  /** Waits until there is a task for every event and endpoint, or was one. */
  fannedOut(): Promise<void>;
  /** Waits until every event is fanned out and no task is left; what is left when that takes too long is lost. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

/** Three processes that start at once beside whatever else the machine does. */
export const readyDeadlineMs = 120_000;
/** Time of a lease in a short run: a killed process is only waited for there. */
export const shortLeaseMs = 5_000;
const drainDeadlineMs = 180_000;
/** An undone safeguard may leave something that is never sent. */
const undoneDeadlineMs = 20_000;
const usualTenant = 'tnt_test';
const publishAtOnce = 500;
const publishDeadlineMs = 30_000;
const consuming: readonly Consuming[] = [{ group: 'delivery', topics: ['payments.payment.v1'] }];

export async function openDelivering({ world, mutation }: Pick<RowRun, 'world' | 'mutation'>): Promise<Delivering> {
  const { kafka, installation } = world;
  const registry = createSchemaRegistry({
    url: installation.endpoints.registryUrl,
    namespace: installation.namespace,
    timeoutMs: 10_000,
  });
  const codec = await createEventCodec({ registry, topics: ['payments.payment.v1'] });
  const publisher = await createPublisher(kafka);
  const operator = openOperator(world);
  const vault = vaultOf(world);
  const paths = new Map<string, string[]>();
  let endpoints = 0;
  let published = 0;
  let times = 0;
  const once: OutgoingRecord[] = [];
  const take = ({ path, eventId, response }: Posting): void => {
    // Its sender has given it up, and does not hear that it was taken.
    if (response.destroyed) return;
    delivering.taken.push(nameOf(path, eventId));
    response.writeHead(204).end();
  };
  const receivers: Loopback[] = [];
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    const posting = { path: request.url ?? '', eventId: String(request.headers['webhook-id']), request, response };
    request.resume();
    delivering.postings.push(posting);
    delivering.answerBy(posting);
  };
  const delivering: Delivering = {
    ledger: createLedger(),
    postings: [],
    taken: [],
    answerBy: take,
    take,
    operator,
    isPromised: () => true,
    async createEndpoints(count, { kind = 'endpoint', tenantId = usualTenant, ...given } = {}) {
      const own = paths.get(tenantId) ?? [];
      paths.set(tenantId, own);
      const receiver = await startLoopback(receive);
      receivers.push(receiver);
      for (let nth = 0; nth < count; nth += 1) {
        const path = `/${kind}/${(endpoints += 1)}`;
        own.push(path);
        await createEndpoint(
          operator,
          { tenantId, url: `${receiver.url}${path}`, types: ['payments.*'], actor: 'faults', ...given },
          { vault, clock: systemClock },
        );
      }
    },
    async publish(count, tenantId = usualTenant) {
      const payments = Array.from({ length: count }, () => `pi_${(published += 1)}`);
      await delivering.publishAbout(payments, tenantId);
    },
    async publishAbout(payments, tenantId = usualTenant) {
      const promised = (paths.get(tenantId) ?? []).filter((path) => delivering.isPromised(path));
      const nowMs = Date.now();
      const ids: string[] = [];
      for (let from = 0; from < payments.length; from += publishAtOnce) {
        const events = payments
          .slice(from, from + publishAtOnce)
          .map((payment) => sealedPayment(payment, nowMs, { tenantId, time: `/${(times += 1)}` }));
        ids.push(...events.map(({ eventId }) => eventId));
        const records = events.map((event) => encodeEvent(codec, event, {}));
        await publisher.publish(records, { deadlineMs: publishDeadlineMs });
        once.push(...records);
        for (const { eventId } of events) for (const path of promised) delivering.ledger.promise(nameOf(path, eventId));
      }
      return ids;
    },
    async publishAgain(count) {
      const records = once.splice(0, count);
      if (records.length > 0) await publisher.publish(records, { deadlineMs: publishDeadlineMs });
    },
    start: (name, options = {}) =>
      startConsumer(world, 'delivery', {
        mutation,
        ...options,
        env: {
          TRUNKLINE_DELIVERY_NETWORKS: '127.0.0.0/8',
          TRUNKLINE_DELIVERY_NAME: name,
          TRUNKLINE_SESSION_TIMEOUT_MS: '2000',
          ...options.env,
        },
      }),
    async waiting() {
      const [row] = await world.database.statement<{ readonly n: number }>(
        'SELECT count(*)::integer AS n FROM delivery.task',
        [],
      );
      return row?.n ?? 0;
    },
    fannedOut: () => untilConsumed(world, consuming),
    async drained() {
      await delivering.fannedOut();
      await until('nothing waits for an endpoint', async () => (await delivering.waiting()) === 0, {
        deadlineMs: mutation === undefined ? drainDeadlineMs : undoneDeadlineMs,
      }).catch(() => undefined);
    },
    async close() {
      await Promise.all([
        publisher.close({ deadlineMs: 5_000 }),
        operator.close({ deadlineMs: 2_000 }),
        ...receivers.map((receiver) => receiver.close()),
      ]);
    },
  };
  return delivering;
}

/** Answers that the process has, and Postgres has not. */
export async function resultsWaiting(process: ServiceProcess): Promise<number> {
  return figureOf(process, /^delivery_results_waiting\S* (\d+)/gm);
}

/** What the process tells of itself, over all labels that the (global) expression finds; 0 where it tells nothing. */
export async function figureOf({ operatorUrl }: ServiceProcess, figure: RegExp): Promise<number> {
  const response = await fetch(`${operatorUrl}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const page = await response.text();
  return [...page.matchAll(figure)].reduce((sum, [, value]) => sum + Number(value), 0);
}

export function nameOf(path: string, eventId: string): string {
  return `${path} ${eventId}`;
}

function openOperator({ installation }: FaultWorld): Database {
  return createDatabase({
    connectionString: databaseUrlOf(installation, 'operator'),
    schema: 'delivery',
    applicationName: 'trunkline-faults-endpoints',
    maxConnections: 2,
    statementTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
  });
}

function vaultOf({ installation }: FaultWorld): ReturnType<typeof createVault> {
  const { vaultKeys = {} } = installation;
  return createVault(
    readKeyList('first:env:TRUNKLINE_VAULT_KEY', (reference) => vaultKeys[reference.slice('env:'.length)]),
  );
}

import type { IncomingMessage, ServerResponse } from 'node:http';

import { applyEvents, type HandlerOffers, type Handlers, type RegisteredHandler } from '@trunkline/consumer';
import { applicable, testRecord } from '@trunkline/consumer/testing';
import { systemClock } from '@trunkline/core';
import { channels, createEndpoint, type CreatedEndpoint, type NewEndpoint } from '@trunkline/delivery';
import { createDeliveryDatabase, newTestVault } from '@trunkline/delivery/testing';
import type { DomainTopic, RecordOf } from '@trunkline/events';
import { createAddressGuard, createDialler, type Dialler, type DiallerOptions } from '@trunkline/http-client';
import { loopbackNetwork, startLoopback, type Loopback } from '@trunkline/http-client/testing';
import { until } from '@trunkline/installation';
import { createDatabase, createListener, type Database } from '@trunkline/postgres';
import type { TestDatabase } from '@trunkline/postgres/testing';
import { createLogger, createMetrics } from '@trunkline/runtime';
import type { Vault } from '@trunkline/vault';

import { createDispatcher, type Dispatcher } from '../dispatch/dispatcher.ts';
import { hearNotice } from '../dispatch/notices.ts';
import type { Sender } from '../handlers/fan-out.ts';
import { handlers, handlersBeside } from '../handlers/index.ts';

/** A request that a receiver got. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a receiver answers to a request; 204 where nothing is said. */
export type Answer = (request: Received, response: ServerResponse) => void;

/** A real schema, a receiver in this process, and dispatchers on them. */
export interface DeliveryWorld {
  readonly test: TestDatabase;
  /** As the service, and as the command line. */
  readonly database: Database;
  readonly operator: Database;
  readonly vault: Vault;
  readonly receiver: Loopback;
  readonly received: Received[];
  /** What is answered from now on, by path. */
  readonly answers: Map<string, Answer>;
  createEndpoint(given: Partial<NewEndpoint> & { readonly path: string }): Promise<CreatedEndpoint>;
  /** Payments as events of the tenant; each is another one. */
  payments(count: number, tenantId?: string): readonly RecordOf<'payments.payment.v1'>[];
  /** An event about each of these payments, in their order; a payment may be there several times. */
  paymentsOf(ids: readonly string[], tenantId: string): readonly RecordOf<'payments.payment.v1'>[];
  /** As the consumer group does it, in one transaction. */
  fanOut(records: readonly RecordOf<DomainTopic>[], topic?: DomainTopic): Promise<void>;
  /** The same of payments, in the process of that sender. */
  fanOutBeside(sender: Sender, records: readonly RecordOf<'payments.payment.v1'>[]): Promise<void>;
  startDispatcher(name?: string, way?: Partial<Pick<DiallerOptions, 'guard' | 'resolve'>>): RunningDispatcher;
  until(what: string, look: () => unknown): Promise<void>;
  close(): Promise<void>;
}

/** A dispatcher that can be ended as kill -9 ends a process. */
export interface RunningDispatcher extends Dispatcher {
  /** What is in its memory is gone: requests are cut off, answers are written nowhere, and its lease is not given back. */
  kill(): Promise<void>;
}

let payments = 0;
let events = 0;

export async function openDeliveryWorld(adminUrl: string): Promise<DeliveryWorld> {
  const test = await createDeliveryDatabase(adminUrl);
  const database = test.open({ maxConnections: 8 });
  const operator = test.open({ connectionString: test.urlOf('operator') });
  const vault = newTestVault();
  const received: Received[] = [];
  const answers = new Map<string, Answer>();
  const receiver = await startLoopback((request, response) => {
    // The sender went away.
    take(request, response, { received, answers }).catch(() => response.destroy());
  });
  const running: {
    readonly dispatcher: Dispatcher;
    readonly dialler: Dialler;
    readonly stop: () => Promise<void>;
    readonly close: () => Promise<void>;
  }[] = [];
  const apply = async (handler: RegisteredHandler, records: readonly RecordOf<DomainTopic>[]): Promise<void> => {
    await applyEvents(
      database,
      records.map((record) => applicable(handler, record)),
      { deadlineMs: 60_000 },
    );
  };
  return {
    test,
    database,
    operator,
    vault,
    receiver,
    received,
    answers,
    createEndpoint: ({ path, ...given }) =>
      createEndpoint(
        operator,
        { tenantId: 'tnt_a', url: `${receiver.url}${path}`, types: ['payments.*'], actor: 'tester', ...given },
        { vault, clock: systemClock },
      ),
    payments: (count, tenantId = 'tnt_a') =>
      Array.from({ length: count }, () => payment(`pi_${(payments += 1)}`, tenantId)),
    paymentsOf: (ids, tenantId) => ids.map((id) => payment(id, tenantId)),
    fanOut: (records, topic = 'payments.payment.v1') => apply(handlerOf(topic), records),
    fanOutBeside: (sender, records) => apply(handlerOf('payments.payment.v1', handlersBeside(sender)), records),
    startDispatcher(name = `test-${running.length}`, way = {}) {
      const dialler = createDialler({ guard: createAddressGuard({ allow: [loopbackNetwork] }), ...way });
      const own = createDatabase({
        connectionString: test.appUrl,
        schema: 'delivery',
        applicationName: name,
        maxConnections: 4,
        statementTimeoutMs: 10_000,
        connectTimeoutMs: 5_000,
      });
      const dispatcher = createDispatcher({
        database: own,
        dialler,
        vault,
        name,
        userAgent: 'Trunkline/test',
        clock: systemClock,
        log: createLogger({ name: 'test', version: '0', instance: name, level: 'fatal', sharesOutput: true }),
        metrics: createMetrics({ name: 'delivery', version: 'test' }),
        onFatal: (error) => {
          throw error;
        },
        // Shared out in a moment; the machine may still be busy for seconds.
        leaseTimes: { leaseMs: 10_000, renewEveryMs: 200, selfFenceMs: 7_000 },
      });
      const listener = createListener({
        connectionString: test.appUrl,
        applicationName: 'test-listen',
        channels: Object.values(channels),
        onNotice: (notice) => hearNotice(dispatcher, notice),
        onConnected: () => dispatcher.lookAtAll(),
      });
      dispatcher.start();
      listener.start();
      let closed: Promise<void> | undefined;
      const close = (deadlineMs: number): Promise<void> => (closed ??= own.close({ deadlineMs }));
      running.push({ dispatcher, dialler, stop: () => listener.stop(), close: () => close(1_000) });
      return {
        ...dispatcher,
        async kill() {
          await close(1);
          await dispatcher.stop({ deadlineMs: 1 });
        },
      };
    },
    async until(what, look) {
      await until(what, async () => ((await look()) ? true : undefined), { everyMs: 20 });
    },
    async close() {
      for (const { dispatcher, dialler, stop, close } of running) {
        await stop();
        await dispatcher.stop({ deadlineMs: 3_000 });
        await dialler.close();
        await close();
      }
      await receiver.close();
      await test.drop();
    },
  };
}

function payment(entityId: string, tenantId: string): RecordOf<'payments.payment.v1'> {
  return testRecord({
    topic: 'payments.payment.v1',
    type: 'payments.payment.succeeded',
    kind: 'payment_intent',
    entityId,
    occurredAt: Date.now(),
    stated: { status: 'succeeded', amount: 1_099, currency: 'EUR' },
    tenantId,
    name: String((events += 1)),
  });
}

/** The handler of a topic, as the service lists it. */
export function handlerOf(wanted: DomainTopic, all: Handlers = handlers): RegisteredHandler {
  // Of all that is offered it counts only.
  const offers = { metrics: { count: () => undefined } } as unknown as HandlerOffers;
  const found = all(offers).find(({ topic }) => topic === wanted);
  if (found === undefined) throw new RangeError(`nothing handles ${wanted}`);
  return found;
}

async function take(
  request: IncomingMessage,
  response: ServerResponse,
  { received, answers }: Pick<DeliveryWorld, 'received' | 'answers'>,
): Promise<void> {
  const pieces: Buffer[] = [];
  // Without an encoding set, a request gives bytes.
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const got = { path: request.url ?? '', headers, body: Buffer.concat(pieces) };
  received.push(got);
  const answer = answers.get(got.path);
  if (answer === undefined) response.writeHead(204).end();
  else answer(got, response);
}

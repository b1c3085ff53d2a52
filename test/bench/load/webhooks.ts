import { fileURLToPath } from 'node:url';

import { systemClock } from '@trunkline/core';
import { createEndpoint, type NewEndpoint } from '@trunkline/delivery';
import { databaseUrlOf, type ServiceProcess, until } from '@trunkline/installation';
import { createPublisher, type OutgoingRecord, type Publisher } from '@trunkline/kafka';
import { createDatabase } from '@trunkline/postgres';
import { createVault, readKeyList } from '@trunkline/vault';

import type { BenchWorld } from '../world.ts';
import { createRecordMaker, type RecordMaker } from './deliveries.ts';
import type { SinkQuestion, Taken } from './webhook-sink.ts';
import { startWorker, type Worker } from './worker.ts';

/** The service that sends webhooks, a receiver that costs little, and payments that endpoints are told of. */
export interface Webhooks {
  readonly service: ServiceProcess;
  readonly publisher: Publisher;
  /** A port that takes requests and answers none. */
  readonly hangingPort: () => Promise<number>;
  /** An endpoint for each of the tenants. */
  readonly createEndpoints: (tenants: readonly string[], given?: Partial<NewEndpoint>) => Promise<void>;
  /** So many payments that nobody spoke of, of the tenants by turns. */
  readonly records: (count: number, tenants: readonly string[]) => readonly OutgoingRecord[];
  /** What the receiver has when it has so much. Rejects when something came twice, or not. */
  readonly arrived: (count: number) => Promise<Taken>;
  /** The same when no task is left, and makes the tables empty for what comes next. */
  readonly taken: (count: number) => Promise<Taken>;
}

const answerDeadlineMs = 10_000;
const drainDeadlineMs = 300_000;
const listenDeadlineMs = 10_000;
/** Endpoints that are made at a time. */
const madeAtOnce = 8;

export async function openWebhooks(world: BenchWorld): Promise<Webhooks> {
  const sink = startWorker(fileURLToPath(new URL('webhook-sink.ts', import.meta.url)));
  world.endWith(() => sink.stop());
  const port = await ask<number>(sink, 'listen', listenDeadlineMs);
  const publisher = await createPublisher(world.kafka);
  world.endWith(() => publisher.close({ deadlineMs: 5_000 }));
  const maker = await createRecordMaker(world, world.settings);
  const service = await world.start({ name: 'delivery', env: { TRUNKLINE_DELIVERY_NETWORKS: '127.0.0.0/8' } });
  let made = 0;
  async function arrived(count: number, isAll: () => Promise<unknown> = () => Promise.resolve()): Promise<Taken> {
    await until('every webhook has arrived', async () => (await ask<number>(sink, 'count')) >= count, {
      deadlineMs: drainDeadlineMs,
      everyMs: 20,
    });
    await isAll();
    const taken = await ask<Taken>(sink, 'taken');
    const distinct = new Set(taken.eventIds).size;
    // Else a sender that loses some, or sends some twice, would look faster.
    if (taken.eventIds.length !== count || distinct !== count)
      throw new Error(`${count} webhooks were due; ${taken.eventIds.length} came, ${distinct} of them different`);
    return taken;
  }
  return {
    service,
    publisher,
    createEndpoints: (tenants, given = {}) =>
      createEndpoints(world, tenants, { url: `http://127.0.0.1:${port}/`, ...given }),
    records: (count, tenants) =>
      Array.from({ length: count }, (_, index) => record(maker, (made += 1), tenants[index % tenants.length])),
    hangingPort: () => ask<number>(sink, 'hang', listenDeadlineMs),
    arrived: (count) => arrived(count),
    async taken(count) {
      const taken = await arrived(count, () =>
        until('no task is left', async () => (await tasks(world)) === 0, { deadlineMs: drainDeadlineMs }),
      );
      await world.database.statement('TRUNCATE delivery.inbox, delivery.message, delivery.attempt', []);
      return taken;
    },
  };
}

function ask<Answer>(sink: Worker, question: SinkQuestion, deadlineMs = answerDeadlineMs): Promise<Answer> {
  return sink.ask<Answer>(question, deadlineMs);
}

function record(maker: RecordMaker, n: number, tenantId: string | undefined): OutgoingRecord {
  return maker.records(n, tenantId)[1];
}

async function tasks({ database }: BenchWorld): Promise<number> {
  const [row] = await database.statement<{ readonly n: number }>(
    'SELECT count(*)::integer AS n FROM delivery.task',
    [],
  );
  return row?.n ?? 0;
}

async function createEndpoints(
  { installation }: BenchWorld,
  tenants: readonly string[],
  given: Partial<NewEndpoint> & { readonly url: string },
): Promise<void> {
  const { vaultKeys = {} } = installation;
  const vault = createVault(
    readKeyList('first:env:TRUNKLINE_VAULT_KEY', (reference) => vaultKeys[reference.slice('env:'.length)]),
  );
  const operator = createDatabase({
    connectionString: databaseUrlOf(installation, 'operator'),
    schema: 'delivery',
    applicationName: 'trunkline-bench-endpoints',
    maxConnections: madeAtOnce,
    statementTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
  });
  try {
    for (let made = 0; made < tenants.length; made += madeAtOnce)
      await Promise.all(
        tenants
          .slice(made, made + madeAtOnce)
          .map((tenantId) =>
            createEndpoint(
              operator,
              { tenantId, types: ['payments.*'], actor: 'bench', ...given },
              { vault, clock: systemClock },
            ),
          ),
      );
  } finally {
    await operator.close({ deadlineMs: 2_000 });
  }
}

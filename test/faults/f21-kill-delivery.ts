import { systemClock } from '@trunkline/core';
import { countUndelivered, createEndpoint } from '@trunkline/delivery';
import { startLoopback } from '@trunkline/http-client/testing';
import { databaseUrlOf, type ServiceProcess, until } from '@trunkline/installation';
import { createDatabase, type Database } from '@trunkline/postgres';
import { createLedger, createRandom, judge } from '@trunkline/testkit';
import { createVault, readKeyList } from '@trunkline/vault';

import { type Consuming, startConsumer, startIngress, untilConsumed } from './consumers.ts';
import { sendAll } from './kills.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import type { FaultWorld } from './world.ts';

const crashPoints = [
  'delivery.after_answer',
  'delivery.after_flush',
  'delivery.before_send',
  'consumer.after_commit',
] as const;
const crashDeadlineMs = 60_000;
const drainDeadlineMs = 180_000;
/** A few more before each start, so that there is something to crash on. */
const freshPerKill = 60;
/** What the endpoint allows at a time, and what one write takes at most: that may be posted again after a kill. */
const inFlight = 8;
const flushRows = 250;
const consuming: readonly Consuming[] = [{ group: 'delivery', topics: ['payments.payment.v1'] }];

/** kill -9 of the process that fans out and sends, around a request and its being written down, and around the fan-out's commit. */
export const killDelivery: FaultRow = {
  id: 'F21',
  title: 'kill -9 of the delivery of webhooks at four crash points',
  full: { deliveries: 20_000, perSecond: 500, strikes: 50 },
  short: { deliveries: 100, perSecond: 300, strikes: 2 },
  safeguards: [
    {
      undoes: 'a task stays until its answer is written',
      file: 'services/delivery/src/dispatch/dispatcher.ts',
      find: 'await loadTasks(database, hungry, { freeBytes, nowMs: now, signal: stopping.signal });',
      replace: `await loadTasks(database, hungry, { freeBytes, nowMs: now, signal: stopping.signal });
    await database.statement('DELETE FROM delivery.task', []);`,
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, seed } = run;
    const received: string[] = [];
    const receiver = await startLoopback((request, response) => {
      received.push(String(request.headers['webhook-id']));
      request.resume();
      response.writeHead(204).end();
    });
    const operator = openOperator(world);
    await createEndpoint(
      operator,
      {
        tenantId: world.tenantId,
        url: `${receiver.url}/`,
        types: ['payments.*'],
        maxInFlight: inFlight,
        actor: 'faults',
      },
      { vault: vaultOf(world), clock: systemClock },
    );
    const ledger = createLedger();
    const ingress = await startIngress(world);
    const senders = { run, ledger, post: (n: number) => world.sender.post(n) };
    await sendAll(senders, { from: 0, count: scale.deliveries });
    const random = createRandom(seed);
    const byPoint: Record<string, number> = {};
    for (let kill = 0; kill < scale.strikes; kill += 1) {
      await sendAll(senders, { from: scale.deliveries + kill * freshPerKill, count: freshPerKill });
      const point = crashPoints[kill % crashPoints.length] ?? crashPoints[0];
      await crash(run, `${point}=kill@${hit(random.integer(1, 20), point)}`);
      byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
      run.onProgress(`${kill + 1} of ${scale.strikes} kills`);
    }
    const last = await startDelivery(run);
    await last.ready();
    await untilConsumed(world, consuming);
    await until('nothing waits for the endpoint', async () => (await waiting(operator, world)) === 0, {
      deadlineMs: drainDeadlineMs,
    });
    await Promise.all([ingress.stop(), last.stop()]);
    await receiver.close();
    await operator.close({ deadlineMs: 2_000 });
    return reportOf({ received, byPoint, promised: ledger.promised, strikes: scale.strikes });
  },
};

function reportOf(seen: {
  readonly received: readonly string[];
  readonly promised: ReadonlySet<string>;
  readonly byPoint: Readonly<Record<string, number>>;
  readonly strikes: number;
}): RowReport {
  const { received, promised, byPoint, strikes } = seen;
  const distinct = [...new Set(received)];
  const again = received.length - distinct.length;
  const most = strikes * (inFlight + flushRows);
  return {
    // That a message is posted again after a kill is promised; that it is under another id, or lost, is not.
    judgement: judge(promised, { effects: distinct, deadLetters: [], waiting: [] }),
    strikes,
    broken: again <= most ? [] : [`posted again ${again}, at most ${most}`],
    figures: {
      ...byPoint,
      'posted again under the same id': again,
      'posted again after one kill, on average': Number((again / Math.max(1, strikes)).toFixed(1)),
    },
  };
}

async function crash(run: RowRun, failpoints: string): Promise<void> {
  const delivery = await startDelivery(run, failpoints);
  await until(`delivery dies at ${failpoints}`, () => delivery.hasExited(), { deadlineMs: crashDeadlineMs });
  const exit = await delivery.exited;
  if (exit.signal !== 'SIGKILL')
    throw new Error(`delivery ended by itself (${exit.code ?? exit.signal}); its log: ${delivery.logFile}`);
}

/** Of requests any of the first; of what is done for many at a time the first. */
function hit(request: number, point: (typeof crashPoints)[number]): number {
  return point === 'delivery.after_answer' || point === 'delivery.before_send' ? request : 1;
}

function startDelivery({ world, mutation }: RowRun, failpoints?: string): Promise<ServiceProcess> {
  return startConsumer(world, 'delivery', {
    mutation,
    ...(failpoints === undefined ? {} : { failpoints }),
    env: {
      TRUNKLINE_DELIVERY_NETWORKS: '127.0.0.0/8',
      // So that the next one need not wait for the lease of the one that was killed.
      TRUNKLINE_DELIVERY_NAME: 'faults',
      TRUNKLINE_SESSION_TIMEOUT_MS: '2000',
    },
  });
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

async function waiting(operator: Database, { tenantId }: FaultWorld): Promise<number> {
  const counts = await countUndelivered(operator, { tenant: tenantId, sinceMs: 0 });
  return counts.filter(({ reason }) => reason.startsWith('waiting')).reduce((sum, { count }) => sum + count, 0);
}

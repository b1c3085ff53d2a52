import { type ServiceProcess, until } from '@trunkline/installation';
import { childPids, createLedger, createRandom, judge, type Random, sendLoad } from '@trunkline/testkit';

import { consumeEverything, startConsumers } from './consumers.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { findings } from './verifier.ts';

/** Where the ingress dies: around the publish, and once the sender has read its 2xx. */
const crashPoints = ['ingress.before_publish', 'ingress.after_publish', 'ingress.after_answer'] as const;
const retryAfterMs = 250;

/** kill -9 of the ingress, again and again, under load. Senders retry until they read a 2xx. */
export const killIngress: FaultRow = {
  id: 'F1',
  title: 'kill -9 of the ingress under load',
  services: [],
  full: { deliveries: 30_000, perSecond: 500, strikes: 50 },
  short: { deliveries: 900, perSecond: 250, strikes: 3 },
  safeguards: [
    {
      undoes: "answer before the broker's acknowledgement",
      file: 'services/ingress/src/steps/publish.ts',
      find: 'await publisher.publish(records, { deadlineMs: Math.max(leastPublishMs, remainingMs) });',
      replace:
        'void publisher.publish(records, { deadlineMs: Math.max(leastPublishMs, remainingMs) }).catch(() => undefined);',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    // Each ends the other: enough was sent, or the ingress cannot be started any more.
    const sent = new AbortController();
    const broken = new AbortController();
    const [load, killed, consumers] = await Promise.all([
      sendLoad({
        post: (n) => world.sender.post(n),
        deliveries: scale.deliveries,
        perSecond: scale.perSecond,
        maxOpen: 1_000,
        retryAfterMs,
        deadlineMs: 600_000,
        ledger,
        signal: broken.signal,
      }).finally(() => sent.abort()),
      keepKilling(run, sent.signal).finally(() => broken.abort()),
      startConsumers(world),
    ]);
    await consumeEverything(world, consumers);
    return {
      judgement: judge(ledger.promised, await findings(world)),
      strikes: killed.kills,
      figures: {
        deliveries: load.sent,
        'accepted (2xx)': load.accepted,
        'postings repeated by senders': load.retried,
        'connections broken': load.brokenConnections,
        'slowest restart to ready, ms': Math.round(killed.slowestReadyMs),
      },
    };
  },
};

interface Killed {
  kills: number;
  slowestReadyMs: number;
}

/** Starts the ingress armed to die, waits until it did, and starts it again; unarmed once there were enough kills. */
async function keepKilling(run: RowRun, signal: AbortSignal): Promise<Killed> {
  const random = createRandom(run.seed);
  const killed: Killed = { kills: 0, slowestReadyMs: 0 };
  while (!signal.aborted) {
    const last = killed.kills >= run.scale.strikes;
    const ingress = await startIngress(run, last ? undefined : crashPoint(random, run));
    const startedAt = performance.now();
    // Senders are waiting, so an armed ingress may be dead again before anyone has seen it ready, and one with workers,
    // which die in turns, is never.
    const isAwaited = last || run.world.ingressWorkers === 1;
    if (isAwaited && (await becomesReady(ingress)))
      killed.slowestReadyMs = Math.max(killed.slowestReadyMs, performance.now() - startedAt);
    const kills = await Promise.race([killsOf(ingress, run.world.ingressWorkers), whenAborted(signal).then(() => 0)]);
    if (kills === 0) {
      await ingress.stop();
      break;
    }
    killed.kills += kills;
    run.onProgress(`${killed.kills} of ${run.scale.strikes} kills`);
  }
  return killed;
}

/** How many workers of one ingress die before it is killed itself. */
const workerKills = 4;
const workerKillsDeadlineMs = 600_000;

/**
 * Resolves with how many processes have died when the ingress has. Of one with workers it is a worker that gets to its
 * crash point, and so does the one that takes its place; after some of them all are killed at once.
 */
async function killsOf(ingress: ServiceProcess, workers: number): Promise<number> {
  if (workers === 1) return ingress.exited.then(() => 1);
  const seen = new Set<number>();
  let gone = 0;
  const enough = (): boolean => {
    const alive = childPids(ingress.pid);
    for (const pid of alive) seen.add(pid);
    gone = seen.size - alive.length;
    return gone >= workerKills || ingress.hasExited();
  };
  await until(`${workerKills} workers have died`, enough, { deadlineMs: workerKillsDeadlineMs, everyMs: 20 });
  if (!ingress.hasExited()) ingress.kill('SIGKILL');
  const { code, signal } = await ingress.exited;
  if (signal !== 'SIGKILL')
    throw new Error(`the ingress ended by itself (${code ?? signal}); its log: ${ingress.logFile}`);
  return gone + 1;
}

async function becomesReady(ingress: ServiceProcess): Promise<boolean> {
  try {
    await ingress.ready();
    return true;
  } catch (error) {
    if ((await ingressExit(ingress)) !== 'SIGKILL') throw error;
    return false;
  }
}

/** The signal it died of, or undefined while it lives or when it ended otherwise. */
async function ingressExit(ingress: ServiceProcess): Promise<NodeJS.Signals | undefined> {
  return ingress.hasExited() ? ((await ingress.exited).signal ?? undefined) : undefined;
}

function startIngress({ world, mutation }: RowRun, failpoints: string | undefined): Promise<ServiceProcess> {
  return world.start({
    name: 'ingress',
    port: world.ingressPort,
    ...(failpoints === undefined ? {} : { failpoints }),
    ...(mutation === undefined ? {} : { mutation }),
  });
}

/** Within half a second of load after it is ready. */
function crashPoint(random: Random, { scale }: RowRun): string {
  return `${random.pick(crashPoints)}=kill@${random.integer(1, Math.max(1, Math.floor(scale.perSecond / 2)))}`;
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { setTimeout as pause } from 'node:timers/promises';

import { freePorts, type ServiceProcess, until } from '@trunkline/installation';
import { createTopicAdmin } from '@trunkline/kafka';
import {
  createLedger,
  createRandom,
  judge,
  type LoadReport,
  type Mutation,
  type PromiseLedger,
  sendLoad,
} from '@trunkline/testkit';

import { type Balancer, balancerLagMs, createBalancer, drainMs } from './balancer.ts';
import { consumeEverything, startPayments, startTally } from './consumers.ts';
import { countEffects } from './effects.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { countRedeliveries, findings } from './verifier.ts';
import type { FaultWorld } from './world.ts';

const topic = 'payments.payment.v1';
const full: RowScale = { deliveries: 30_000, perSecond: 500, strikes: 12 };
/** In a short run how long an exit takes is the machine's matter. */
const exitDeadlineMs = { full: 10_000, short: 60_000 } as const;
/** More than are ever sent: the load ends when the last process is back. */
const unlimited = 10_000_000;
const loadDeadlineMs = 600_000;

/**
 * SIGTERM to one of two ingress processes behind a balancer and to the consumer, in turns, under load: a rolling restart.
 * Senders keep their connections open, as fetch does.
 */
export const terminate: FaultRow = {
  id: 'F18',
  title: 'SIGTERM to ingress and consumer under load',
  full,
  short: { deliveries: 500, perSecond: 150, strikes: 2 },
  safeguards: [
    {
      undoes: 'a stopping ingress takes connections until the balancer knows',
      file: 'services/ingress/src/http/server.ts',
      find: 'await new Promise((resolve) => setTimeout(resolve, Math.min(limits.drainMs, deadlineMs / 2)));',
      replace: '',
    },
    {
      undoes: 'a stopping consumer commits what it has finished',
      file: 'packages/kafka/src/pump/pump.ts',
      find: "await withinMs(this.#committer.commit(), closeLimitMs, 'the last commit').catch(() => undefined);",
      replace: '',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world } = run;
    const ledger = createLedger();
    const fleet = await startFleet(run);
    const over = new AbortController();
    const [load, exits] = await Promise.all([
      send(run, { fleet, ledger, signal: over.signal }),
      terminateInTurns(run, fleet, ledger).finally(() => over.abort()),
    ]);
    await Promise.all(fleet.ingresses.map((ingress) => ingress.stop()));
    await consumeEverything(world, [fleet.tally, fleet.payments]);
    const redelivered = await countRedelivered(world);
    const { failures } = fleet.balancer;
    return {
      judgement: judge(ledger.promised, await findings(world)),
      strikes: exits.length,
      broken: [
        ...exits.flatMap(({ name, code, ms }) =>
          code === 0 && ms <= exitBarMs(run) ? [] : [`${name} ended with ${code ?? 'SIGKILL'} after ${ms} ms`],
        ),
        ...(failures.length > 0
          ? [`${failures.length} postings got no answer: ${[...new Set(failures)].join(', ')}`]
          : []),
        ...(redelivered > 0 ? [`${redelivered} finished records were delivered again after a restart`] : []),
      ],
      figures: {
        'accepted (2xx)': load.accepted,
        'postings without an answer': failures.length,
        'postings answered 503': load.refused['503'] ?? 0,
        'slowest ingress exit, ms': slowestOf(exits, 'ingress'),
        'slowest consumer exit, ms': slowestOf(exits, 'tally'),
        'redelivered after a restart': redelivered,
      },
    };
  },
};

/** Those that run at the moment. */
interface Fleet {
  readonly ingresses: ServiceProcess[];
  tally: ServiceProcess;
  readonly payments: ServiceProcess;
  readonly balancer: Balancer;
}

async function startFleet(run: RowRun): Promise<Fleet> {
  const [second = 0] = await freePorts(1);
  const [ingresses, tally, payments] = await Promise.all([
    Promise.all([run.world.ingressPort, second].map((port) => startIngressAt(run, port))),
    startTallyOf(run),
    startPayments(run.world, {}),
  ]);
  await payments.ready();
  const balancer = createBalancer(createRandom(run.seed));
  for (const ingress of ingresses) balancer.inRotation.add(ingress);
  return { ingresses, tally, payments, balancer };
}

async function startIngressAt(run: RowRun, port: number): Promise<ServiceProcess> {
  const ingress = await run.world.start({
    name: 'ingress',
    port,
    label: String(port),
    env: { TRUNKLINE_INGRESS_DRAIN_MS: String(drainMs) },
    ...mutationIn(run, 'services/ingress/'),
  });
  await ingress.ready();
  return ingress;
}

async function startTallyOf(run: RowRun): Promise<ServiceProcess> {
  const tally = await startTally(run.world, mutationIn(run, 'packages/kafka/'));
  await tally.ready();
  return tally;
}

function mutationIn({ mutation }: RowRun, folder: string): { readonly mutation?: Mutation } {
  return mutation?.file.startsWith(folder) === true ? { mutation } : {};
}

interface Sending {
  readonly fleet: Fleet;
  readonly ledger: PromiseLedger;
  readonly signal: AbortSignal;
}

function send({ world, scale }: RowRun, { fleet, ledger, signal }: Sending): Promise<LoadReport> {
  return sendLoad({
    post: (n) => fleet.balancer.post(world.sender.request(n)),
    deliveries: unlimited,
    perSecond: scale.perSecond,
    maxOpen: 500,
    retryAfterMs: 250,
    deadlineMs: loadDeadlineMs,
    ledger,
    signal,
  });
}

interface Exit {
  readonly name: string;
  readonly code: number | null;
  readonly ms: number;
}

/** Ends and restarts one after the other; returns when the load has been long enough too. */
async function terminateInTurns(run: RowRun, fleet: Fleet, ledger: PromiseLedger): Promise<readonly Exit[]> {
  const { scale } = run;
  const exits: Exit[] = [];
  for (let strike = 0; strike < scale.strikes; strike += 1) {
    // As many as come in a second, so that each finds the load in full swing.
    const enough = ledger.promised.size + scale.perSecond;
    await until('the load goes on', () => ledger.promised.size >= enough, { deadlineMs: loadDeadlineMs });
    exits.push(strike % 2 === 0 ? await restartIngress(run, fleet, strike) : await restartTally(run, fleet));
    run.onProgress(`${strike + 1} of ${scale.strikes} terminated`);
  }
  await until('the load is over', () => ledger.promised.size >= scale.deliveries, { deadlineMs: loadDeadlineMs });
  return exits;
}

async function restartIngress(run: RowRun, fleet: Fleet, strike: number): Promise<Exit> {
  const place = (strike / 2) % fleet.ingresses.length;
  const old = fleet.ingresses[place];
  if (old === undefined) throw new RangeError('there is no such ingress');
  const exiting = terminated(run, old);
  await pause(balancerLagMs);
  fleet.balancer.inRotation.delete(old);
  const exit = await exiting;
  const fresh = await startIngressAt(run, Number(new URL(old.url).port));
  fleet.ingresses[place] = fresh;
  fleet.balancer.inRotation.add(fresh);
  return exit;
}

async function restartTally(run: RowRun, fleet: Fleet): Promise<Exit> {
  const exit = await terminated(run, fleet.tally);
  fleet.tally = await startTallyOf(run);
  return exit;
}

function exitBarMs({ scale }: RowRun): number {
  return exitDeadlineMs[scale === full ? 'full' : 'short'];
}

async function terminated(run: RowRun, service: ServiceProcess): Promise<Exit> {
  const startedAt = performance.now();
  const { code } = await service.stop(exitBarMs(run));
  return { name: service.name, code, ms: Math.round(performance.now() - startedAt) };
}

function slowestOf(exits: readonly Exit[], name: string): number {
  return Math.max(0, ...exits.filter((exit) => exit.name === name).map(({ ms }) => ms));
}

/** What the tally recognised, without the records that were on the topic twice because a sender had tried again. */
async function countRedelivered(world: FaultWorld): Promise<number> {
  const admin = createTopicAdmin(world.kafka);
  try {
    const offsets = await admin.offsets(topic);
    const records = offsets.reduce((total, { low, high }) => total + Number(high - low), 0);
    return countRedeliveries(world) - (records - (await countEffects(world)));
  } finally {
    await admin.close();
  }
}

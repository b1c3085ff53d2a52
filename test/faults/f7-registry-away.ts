import { type ServiceProcess, until } from '@trunkline/installation';
import { type FaultProxy, judge, postRequest, startFaultProxy } from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress, startTally, untilConsumed } from './consumers.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, type Senders } from './senders.ts';
import { findings } from './verifier.ts';

const full: RowScale = { deliveries: 9_000, perSecond: 300, strikes: 3 };
const short: RowScale = { deliveries: 400, perSecond: 200, strikes: 1 };
const coldDeliveries = 5;

/** How it is away; one per strike. */
const outages = ['refuses', 'is silent', 'is killed'] as const;
type Outage = (typeof outages)[number];

/** From the registry's return to readiness: the last try of the cold process may have been almost 5 s before. */
const readyBarMs = { full: 10_000, short: 60_000 } as const;
/** Failed postings that running processes may have more than while all was well: what a busy machine does by itself. */
const hotBarShare = { full: 0.05, short: 0.5 } as const;
const loadDeadlineMs = 120_000;
/** A process that is not there yet refuses connections, one that starts is unready, and the registry has 3 s per question. */
const coldDeadlineMs = 30_000;

/** The registry away: running processes must not notice, starting ones must wait, say why, and go on by themselves. */
export const registryAway: FaultRow = {
  id: 'F7',
  title: 'registry down: hot and at a cold start',
  services: [],
  full,
  short,
  safeguards: [
    {
      undoes: 'a cold start asks the registry again until it answers',
      file: 'services/ingress/src/backbone.ts',
      find: 'backoff: retryBackoff,',
      replace: 'backoff: { firstMs: 600_000, lastMs: 600_000 },',
    },
    {
      undoes: 'an ingress without schemas is not ready',
      file: 'services/ingress/src/app.ts',
      find: "health.check('schemas', () => backbone.checkSchemas());",
      replace: '',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const registry = new URL(run.servers.stack.endpoints.registryUrl);
    const proxy = await startFaultProxy({ upstream: registry.host, seed: run.seed });
    try {
      return await runBehind(run, {
        proxy,
        env: { TRUNKLINE_REGISTRY_URL: `http://${proxy.address}${registry.pathname}` },
      });
    } finally {
      await proxy.close();
    }
  },
};

interface Behind {
  readonly proxy: FaultProxy;
  /** Leads a service to the registry through the proxy. */
  readonly env: Readonly<Record<string, string>>;
}

async function runBehind(run: RowRun, behind: Behind): Promise<RowReport> {
  const { world, scale } = run;
  const bars = scale === full ? 'full' : 'short';
  const consumers = await startConsumers(world, behind);
  const ingress = await startIngress(world, { env: behind.env });
  const senders = createSenders(run, { deadlineMs: loadDeadlineMs });
  const strikes: Strike[] = [];
  while (strikes.length < scale.strikes) {
    const outage = outages[strikes.length % outages.length] ?? outages[0];
    strikes.push(await strikeOnce(run, { outage, behind, senders }));
    run.onProgress(`${strikes.length} of ${scale.strikes}: the registry ${outage}`);
  }
  await ingress.stop();
  await consumeEverything(world, consumers);
  const { seen, ledger } = senders;
  const readyMs = Math.max(...strikes.map((strike) => strike.readyMs));
  return {
    judgement: judge(ledger.promised, await findings(world)),
    strikes: strikes.length,
    broken: [
      ...strikes.flatMap(({ broken }) => broken),
      ...seen.complaints({ slowestMs: Infinity, unanswered: Infinity }),
      ...(readyMs > readyBarMs[bars]
        ? [`a cold process was ready ${Math.round(readyMs)} ms after the registry, at most ${readyBarMs[bars]}`]
        : []),
    ],
    figures: {
      'postings that failed while it was there': sumOf(strikes, ({ failedBefore }) => failedBefore),
      'and as many deliveries later, while it was away': sumOf(strikes, ({ failedAway }) => failedAway),
      'accepted to consumed while it was away, ms': Math.round(Math.max(...strikes.map(({ drainMs }) => drainMs))),
      'registry back to cold processes ready, ms': Math.round(readyMs),
    },
  };
}

interface Strike {
  readonly broken: readonly string[];
  /** Postings refused or without an answer: with the registry, and without it. */
  readonly failedBefore: number;
  readonly failedAway: number;
  /** From the last 2xx to the last committed offset, without the registry. */
  readonly drainMs: number;
  readonly readyMs: number;
}

interface StrikeOptions {
  readonly outage: Outage;
  readonly behind: Behind;
  readonly senders: Senders;
}

async function strikeOnce(run: RowRun, { outage, behind, senders }: StrikeOptions): Promise<Strike> {
  const { world, scale } = run;
  const load = Math.ceil((scale.deliveries / scale.strikes - coldDeliveries) / 2);
  const failedBefore = await sendAndCountFailures(senders, load);
  const heal = await takeAway(run, outage, behind.proxy);
  try {
    const failedAway = await sendAndCountFailures(senders, load);
    const acceptedAt = performance.now();
    await untilConsumed(world);
    const drainMs = performance.now() - acceptedAt;
    const cold = await startCold(run, behind);
    await heal();
    const readyMs = await untilReady(cold);
    if (readyMs !== undefined) await deliverThrough(cold, { world, senders });
    await Promise.all([cold.ingress.stop(), cold.tally.stop()]);
    const broken = [
      ...cold.broken,
      ...(readyMs === undefined ? [`a cold process never got ready (the registry ${outage})`] : []),
      ...(failedAway > failedBefore + hotBarShare[scale === full ? 'full' : 'short'] * load
        ? [`${failedAway} of ${load} postings failed while the registry was away, ${failedBefore} while it was there`]
        : []),
    ];
    return { broken, failedBefore, failedAway, drainMs, readyMs: readyMs ?? 0 };
  } finally {
    await heal();
  }
}

async function sendAndCountFailures(senders: Senders, count: number): Promise<number> {
  const failures = (): number => senders.seen.refused() + senders.seen.unanswered();
  const before = failures();
  await senders.sendDuring(count, async () => undefined);
  return failures() - before;
}

/** Takes the registry away; the answer brings it back, once. */
async function takeAway(run: RowRun, outage: Outage, proxy: FaultProxy): Promise<() => Promise<void>> {
  const registry = run.servers.stack.part('registry');
  let isAway = true;
  if (outage === 'is killed') await registry.kill('SIGKILL');
  else await proxy.inflict({ kind: outage === 'refuses' ? 'refuse' : 'half_open' });
  return async () => {
    if (!isAway) return;
    isAway = false;
    if (outage === 'is killed') await registry.restart();
    else await proxy.inflict(undefined);
  };
}

interface Cold {
  readonly ingress: ServiceProcess;
  readonly tally: ServiceProcess;
  readonly broken: readonly string[];
}

/** Starts an ingress and a consumer without a registry; resolves when both have said what they wait for. */
async function startCold({ world, mutation }: RowRun, { env }: Behind): Promise<Cold> {
  const [ingress, tally] = await Promise.all([
    world.start({ name: 'ingress', label: 'cold', env, ...(mutation === undefined ? {} : { mutation }) }),
    startTally(world, { env }),
  ]);
  const [ingressSays, tallySays] = await Promise.all([reasonOf(ingress), reasonOf(tally)]);
  const answer = await postRequest(ingress.url, world.sender.request(coldProbe));
  return {
    ingress,
    tally,
    broken: [
      ...(ingressSays === 'ready' ? ['a cold ingress said that it was ready without its schemas'] : []),
      ...(tallySays === 'ready' ? ['a cold consumer said that it was ready without its schemas'] : []),
      ...(answer.status === 503 && answer.retryAfterSeconds !== undefined
        ? []
        : [`a cold ingress answered ${answer.status} with Retry-After ${answer.retryAfterSeconds}`]),
    ],
  };
}

/** A delivery that no sender sends. */
const coldProbe = 10_000_000;

/** What `/readyz` says it waits for, once that is the registry; or that it is ready, which would be wrong. */
async function reasonOf(service: ServiceProcess): Promise<string> {
  return until(
    `${service.name} names the registry as the reason for not being ready`,
    async () => {
      const response = await fetch(`${service.operatorUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
      if (response.ok) return 'ready';
      const text = await response.text();
      return text.includes('schema registry') && text;
    },
    { deadlineMs: coldDeadlineMs },
  );
}

/** Undefined: not before the deadline. */
async function untilReady({ ingress, tally }: Cold): Promise<number | undefined> {
  const startedAt = performance.now();
  const became = await Promise.allSettled([ingress.ready(coldDeadlineMs), tally.ready(coldDeadlineMs)]);
  return became.every(({ status }) => status === 'fulfilled') ? performance.now() - startedAt : undefined;
}

/** That they are ready is one thing; a delivery through the one and its effect by the other is another. */
async function deliverThrough(
  { ingress }: Cold,
  { world, senders }: { readonly world: RowRun['world']; readonly senders: Senders },
): Promise<void> {
  for (let n = 1; n <= coldDeliveries; n += 1) {
    const answer = await postRequest(ingress.url, world.sender.request(coldProbe + senders.ledger.promised.size + n));
    for (const id of answer.eventIds) senders.ledger.promise(id);
  }
}

function sumOf(strikes: readonly Strike[], figure: (strike: Strike) => number): number {
  return strikes.reduce((sum, strike) => sum + figure(strike), 0);
}

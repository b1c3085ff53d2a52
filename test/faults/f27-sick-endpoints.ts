import { setTimeout as pause } from 'node:timers/promises';

import { until } from '@trunkline/installation';
import { judge, percentile } from '@trunkline/testkit';

import { type Delivering, openDelivering, type Posting, readyDeadlineMs } from './delivering.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { untilShared } from './shard-log.ts';

/** `deliveries` are events, each to every endpoint of its tenant. */
const full: RowScale = { deliveries: 1_200, perSecond: 10, strikes: 1 };
const short: RowScale = { deliveries: 48, perSecond: 0, strikes: 1 };

/** Endpoints of each tenant, by what they do: 10,000 of which every tenth is sick, or so few that nearly all are. */
const endpoints = {
  full: { tenants: 200, healthy: 45, fails: 1, hangs: 2, slow: 2 },
  short: { tenants: 4, healthy: 1, fails: 1, hangs: 40, slow: 0 },
} as const;
const slowMs = 10_000;
/** Fewer than the connections to one origin (limits of http-client), so that the slots decide. */
const perReceiver = 20;
const timeoutMs = 30_000;
/** Half of the slots of a process (limits of the service): those of whom nothing is known, and those that fail. */
const mostDoubtful = 128;
/** A receiver hears that a request was given up a moment after its sender has begun the next. */
const lateEnds = 16;
const hangDeadlineMs = 20_000;
/** In one the sender loads the tasks of 64 endpoints at most (limits of the service). */
const rounds = 6;
/** An endpoint that failed so often in a row is asked by one request in that time. */
const breakerFailures = 5;
const breakerOpenMs = 30_000;
/** Of the time that a webhook takes while nobody is sick. */
const mostSlower = 1.5;
const deadlineMs = 120_000;

/** Many endpoints that fail, hang or are slow, beside those that take what they are sent. */
export const sickEndpoints: FaultRow = {
  id: 'F27',
  title: 'endpoints that fail, hang and are slow, among healthy ones',
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'endpoints that are not proven leave the half of the slots alone',
      file: 'services/delivery/src/dispatch/slots.ts',
      find: "return doubtful() < most / 2 && (of === 'unproven' || taken.suspect < most / 4);",
      replace: 'return true;',
    },
    {
      undoes: 'an endpoint that fails is asked by one request at a time, now and then',
      file: 'services/delivery/src/dispatch/lane.ts',
      find: 'failures: deliveryLimits.breakerFailures,',
      replace: 'failures: 1_000_000,',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { scale } = run;
    const delivering = await openDelivering(run);
    try {
      delivering.isPromised = (path) => path.startsWith('/healthy/');
      const seen = watch(delivering);
      const { tenants, healthy, fails, ...sick } = endpoints[scale === full ? 'full' : 'short'];
      const names = Array.from({ length: tenants }, (_, nth) => `tnt_${nth}`);
      for (const tenantId of names) {
        await delivering.createEndpoints(healthy, { tenantId, kind: 'healthy' });
        await delivering.createEndpoints(fails, { tenantId, kind: 'fails', schedule: '0,0,0,0' });
      }
      const failingSinceMs = performance.now();
      const process = await delivering.start('sender');
      await process.ready(readyDeadlineMs);
      // Else the time without sick ones would be that of a process which sends for nobody yet, and knows no endpoint.
      await untilShared(run.world, 1);
      for (const tenantId of names) await delivering.publish(1, tenantId);
      await untilHealthyHave(delivering);
      const well = await send(run, { delivering, seen, names });
      await until('those that fail have failed', () => seen.hasFailed(tenants * fails), { deadlineMs });
      for (const tenantId of names)
        for (const [kind, count] of Object.entries(sick))
          for (let made = 0; made < count; made += perReceiver)
            await delivering.createEndpoints(Math.min(perReceiver, count - made), { tenantId, kind, timeoutMs });
      const among = await send(run, { delivering, seen, names });
      await untilAllTheyMay(delivering, { seen, tenantId: names[0] ?? '' });
      // What waits for those that hang would be waited for.
      process.kill('SIGKILL');
      return reportOf({ scale, delivering, seen, well, among, sickForMs: performance.now() - failingSinceMs });
    } finally {
      await delivering.close();
    }
  },
};

/** Waits until those that hang have as many requests under way as they may, and the sender has gone round a few times more. */
async function untilAllTheyMay(
  delivering: Delivering,
  { seen, tenantId }: { readonly seen: Seen; readonly tenantId: string },
): Promise<void> {
  await until('those that hang have all that they may have', () => seen.most >= mostDoubtful, {
    deadlineMs: hangDeadlineMs,
  }).catch(() => undefined);
  for (let round = 0; round < rounds; round += 1) {
    await delivering.publish(1, tenantId);
    await untilHealthyHave(delivering);
  }
}

async function untilHealthyHave({ taken, ledger }: Delivering): Promise<void> {
  await until('the healthy ones have all of it', () => new Set(taken).size === ledger.promised.size, {
    deadlineMs,
  }).catch(() => undefined);
}

interface Seen {
  /** Requests to endpoints that hang or are slow, which have no answer yet: now, and at most. */
  open: number;
  most: number;
  /** Requests to each of those that fail. */
  readonly failed: Map<string, number>;
  /** When a webhook came to a healthy endpoint, by its event. */
  readonly healthyAtMs: { readonly eventId: string; readonly atMs: number }[];
  /** Whether so many of those that fail have failed as often as they may before they are left alone. */
  hasFailed(count: number): boolean;
}

function watch(delivering: Delivering): Seen {
  const seen: Seen = {
    open: 0,
    most: 0,
    failed: new Map(),
    healthyAtMs: [],
    hasFailed: (count) => [...seen.failed.values()].filter((requests) => requests >= breakerFailures).length >= count,
  };
  const hold = ({ response }: Posting): void => {
    seen.open += 1;
    seen.most = Math.max(seen.most, seen.open);
    response.once('close', () => (seen.open -= 1));
  };
  delivering.answerBy = (posting) => {
    const { path, eventId, response } = posting;
    if (path.startsWith('/healthy/')) {
      seen.healthyAtMs.push({ eventId, atMs: performance.now() });
      delivering.take(posting);
    } else if (path.startsWith('/fails/')) {
      seen.failed.set(path, (seen.failed.get(path) ?? 0) + 1);
      response.writeHead(500).end();
    } else {
      hold(posting);
      if (path.startsWith('/slow/')) setTimeout(() => response.writeHead(204).end(), slowMs);
    }
  };
  return seen;
}

/** A half of the events, to the tenants by turns. Resolves with the 99th percentile to a healthy endpoint, when each of them has its own. */
async function send(
  { scale }: RowRun,
  given: { readonly delivering: Delivering; readonly seen: Seen; readonly names: readonly string[] },
): Promise<number> {
  const { delivering, seen, names } = given;
  const startedAtMs = performance.now();
  const from = seen.healthyAtMs.length;
  const publishedAtMs: number[] = [];
  for (let nth = 0; nth < scale.deliveries / 2; nth += 1) {
    if (scale.perSecond > 0)
      await pause(Math.max(0, startedAtMs + (nth * 1_000) / scale.perSecond - performance.now()));
    publishedAtMs.push(performance.now());
    await delivering.publish(1, names[nth % names.length]);
  }
  await untilHealthyHave(delivering);
  // One event after the other, and each to all endpoints of its tenant: in the order of their arrival.
  const order = [...new Set([...delivering.ledger.promised].map((pair) => pair.split(' ')[1] ?? ''))].slice(
    -publishedAtMs.length,
  );
  const beganAtMs = new Map(order.map((eventId, nth) => [eventId, publishedAtMs[nth] ?? startedAtMs]));
  const took = seen.healthyAtMs.slice(from).map(({ eventId, atMs }) => atMs - (beganAtMs.get(eventId) ?? startedAtMs));
  return percentile(took, 0.99);
}

function reportOf(given: {
  readonly scale: RowScale;
  readonly delivering: Delivering;
  readonly seen: Seen;
  readonly well: number;
  readonly among: number;
  readonly sickForMs: number;
}): RowReport {
  const { scale, delivering, seen, well, among, sickForMs } = given;
  const probes = Math.max(0, ...seen.failed.values());
  const mostProbes = breakerFailures + 1 + Math.floor(sickForMs / breakerOpenMs);
  return {
    judgement: judge(delivering.ledger.promised, { effects: delivering.taken, deadLetters: [], waiting: [] }),
    strikes: scale.strikes,
    broken: [
      ...(seen.most <= mostDoubtful + lateEnds
        ? []
        : [`${seen.most} requests to endpoints that hang were under way, at most ${mostDoubtful}`]),
      ...(probes <= mostProbes ? [] : [`${probes} requests to an endpoint that fails, at most ${mostProbes}`]),
      // Of time, on a machine that does nothing else.
      ...(scale !== full || among <= mostSlower * well
        ? []
        : [`p99 to healthy endpoints ${Math.round(among)} ms among sick ones, ${Math.round(well)} ms without them`]),
    ],
    figures: {
      'requests under way to endpoints that hang, at most': seen.most,
      'requests to an endpoint that fails, at most': probes,
      'p99 to a healthy endpoint, ms': Math.round(well),
      'p99 among sick ones, ms': Math.round(among),
    },
  };
}

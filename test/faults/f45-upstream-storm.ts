import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { startLoopback } from '@trunkline/http-client/testing';
import { freePorts, type ServiceProcess } from '@trunkline/installation';
import { at, mostInAnyWindow } from '@trunkline/redis/testing';
import { createLedger, createRandom, judge, percentile } from '@trunkline/testkit';
import { z } from 'zod';

import { type CallerSummary, callerSummary } from './caller/src/summary.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';

/** Of the account, in a minute: a burst of 5 and 95 evenly. */
const limit = 100;
const processes = 3;
/** What each process takes its share by, without Redis. */
const limiterProcesses = 4;
/** Of a minute, each: with Redis, without it, with it again, and with an upstream that fails in every way. */
const phases = { shared: 1, alone: 0.75, back: 0.5, storm: 0.5 } as const;
/** After a change nobody is let through until every turn of before is over and everybody has noticed. */
const settledAfterMs = 2_000;
/** A minute of two seconds makes twenty milliseconds of what would be half a second's jitter: it is given this in hand. */
const jitterMs = 200;
const slowMs = 300;
/** Until what was answered is where it was awaited. */
const lastAnswersMs = 500;

interface Upstream {
  readonly url: string;
  /** Of the busy account. */
  readonly arrivals: number[];
  /** The calls that were answered with success. */
  readonly answered: Set<string>;
  isStormy: boolean;
  /** Nothing more succeeds. */
  isOver: boolean;
  close(): Promise<void>;
}

/** An upstream at its limit, one that fails in every way, one that is dead, Redis killed midway: and another tenant at ease. */
export const upstreamStorm: FaultRow = {
  id: 'F45',
  title: 'upstreams that rate-limit, fail, stall and are dead, called by three processes that lose Redis',
  usesRedis: true,
  // A minute is `limit / perSecond` seconds.
  services: [],
  full: { deliveries: 300, perSecond: limit / 60, strikes: 1 },
  short: { deliveries: 100, perSecond: limit / 2, strikes: 1 },
  safeguards: [
    {
      undoes: 'without Redis each process keeps to its share of the rate',
      file: 'packages/redis/src/local-rates.ts',
      find: 'Math.max(bucket.count - bucket.burst, 1)) * processes,',
      replace: 'Math.max(bucket.count - bucket.burst, 1)),',
    },
    {
      undoes: 'the breaker of a host opens at the first failure to connect',
      file: 'packages/http-client/src/call/breakers.ts',
      find: 'host: 1 };',
      replace: 'host: Number.POSITIVE_INFINITY };',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, servers } = run;
    const minuteMs = (limit / scale.perSecond) * 1_000;
    const isShort = minuteMs < 60_000;
    const upstream = await startUpstream(run.seed);
    const callers: ServiceProcess[] = [];
    try {
      const [deadPort = 0] = await freePorts(1);
      for (let nth = 0; nth < processes; nth += 1) {
        callers.push(
          await world.start({
            name: 'caller',
            label: String(nth),
            directory: join(import.meta.dirname, 'caller'),
            mutation: run.mutation,
            env: {
              UPSTREAM_URL: upstream.url,
              DEAD_URL: `http://127.0.0.1:${deadPort}`,
              MINUTE_MS: String(minuteMs),
            },
          }),
        );
      }
      await Promise.all(callers.map((caller) => caller.ready()));
      const startedAtMs = Date.now();
      const phase = async (name: keyof typeof phases): Promise<Span> => {
        const fromMs = Date.now();
        await pause(phases[name] * minuteMs + (name === 'alone' || name === 'back' ? settledAfterMs : 0));
        run.onProgress(name);
        return { fromMs, toMs: Date.now() };
      };
      const shared = await phase('shared');
      await servers.stack.part('redis').kill('SIGKILL');
      const alone = await phase('alone');
      await servers.stack.part('redis').restart();
      const back = await phase('back');
      upstream.isStormy = true;
      const storm = await phase('storm');
      upstream.isOver = true;
      await pause(lastAnswersMs);
      const ledger = createLedger();
      for (const id of upstream.answered) ledger.promise(id);
      const told = await Promise.all(callers.map(summaryOf));
      const lastedMs = Date.now() - startedAtMs;
      await Promise.all(callers.map((caller) => caller.stop()));

      const most = mostInAnyWindow(upstream.arrivals.map(at), minuteMs - (isShort ? jitterMs : 0));
      const settled = (span: Span): Span => ({ ...span, fromMs: span.fromMs + settledAfterMs });
      const share = {
        shared: rateIn(upstream, shared, minuteMs),
        alone: rateIn(upstream, settled(alone), minuteMs) / (processes / limiterProcesses),
        // Each process comes back when it finds Redis again.
        back: rateIn(upstream, { ...back, fromMs: (back.fromMs + back.toMs) / 2 }, minuteMs),
      };
      const deadAttempts = Math.max(...told.map(({ dead }) => dead.attempts));
      const mostDeadAttempts = 1 + Math.ceil(lastedMs / minuteMs);
      const calm = { before: p99(told, shared), during: p99(told, storm) };
      return {
        judgement: judge(ledger.promised, {
          effects: told.flatMap(({ done }) => done),
          deadLetters: [],
          waiting: [],
        }),
        strikes: scale.strikes,
        broken: [
          ...(most <= limit ? [] : [`${most} requests in one minute, at most ${limit}`]),
          ...leastOf(isShort).flatMap(([name, least]) =>
            share[name] >= least ? [] : [`${name}: ${share[name].toFixed(2)} of the limit was used, at least ${least}`],
          ),
          ...(deadAttempts <= mostDeadAttempts
            ? []
            : [`${deadAttempts} requests of one process to a dead host, at most ${mostDeadAttempts}`]),
          ...(isShort || calm.during <= 1.5 * calm.before
            ? []
            : [
                `another tenant's p99 was ${calm.during} ms in the storm and ${calm.before} ms before it, at most 1.5 ×`,
              ]),
        ],
        figures: {
          'most requests in one minute': most,
          'of the limit, with Redis': share.shared.toFixed(2),
          'of the shares, without Redis': share.alone.toFixed(2),
          'of the limit, with Redis again': share.back.toFixed(2),
          'requests of a process to a dead host': deadAttempts,
          "another tenant's p99 before and in the storm, ms": `${calm.before}, ${calm.during}`,
        },
      };
    } finally {
      await servers.stack.part('redis').restart();
      await upstream.close();
    }
  },
};

/**
 * A minute of two seconds is over before everybody is back, and a busy machine comes too late for most of its turns, of which
 * there is one in 20 ms: there the row shows that they go on at all.
 */
function leastOf(isShort: boolean): readonly (readonly ['shared' | 'alone' | 'back', number])[] {
  return isShort
    ? [
        ['shared', 0.05],
        ['alone', 0.05],
      ]
    : [
        ['shared', 0.9],
        ['alone', 0.9],
        ['back', 0.9],
      ];
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Requests of the span against the even flow of the limit. */
function rateIn({ arrivals }: Upstream, { fromMs, toMs }: Span, minuteMs: number): number {
  const seen = arrivals.filter((atMs) => atMs >= fromMs && atMs < toMs).length;
  return seen / (((limit - 5) * (toMs - fromMs)) / minuteMs);
}

function p99(told: readonly CallerSummary[], { fromMs, toMs }: Span): number {
  const took = told.flatMap(({ calm }) =>
    calm.filter(([began]) => began >= fromMs && began < toMs).map(([, ms]) => ms),
  );
  return Math.round(percentile(took, 0.99) * 10) / 10;
}

async function summaryOf({ operatorUrl }: ServiceProcess): Promise<CallerSummary> {
  const response = await fetch(`${operatorUrl}/debug`, { signal: AbortSignal.timeout(10_000) });
  return z.object({ caller: callerSummary }).parse(await response.json()).caller;
}

async function startUpstream(seed: number): Promise<Upstream> {
  const random = createRandom(seed);
  const server = await startLoopback((request, response) => {
    const id = String(request.headers['x-correlation-id']);
    const isBusy = request.url === '/busy';
    if (isBusy) upstream.arrivals.push(Date.now());
    const answer = (status: number, headers: Readonly<Record<string, string>> = {}): void => {
      const told = isBusy && upstream.isOver ? 503 : status;
      if (told === 200 && isBusy) upstream.answered.add(id);
      response.writeHead(told, { 'content-type': 'application/json', ...headers }).end('{}');
    };
    if (!isBusy || !upstream.isStormy) return answer(200);
    switch (random.integer(0, 4)) {
      case 0:
        return answer(429, { 'retry-after': new Date(Date.now() + 1_000).toUTCString() });
      case 1:
        return answer(503);
      case 2:
        request.socket.resetAndDestroy();
        return undefined;
      case 3:
        // Slow; the connection may be gone by then.
        setTimeout(() => answer(200), slowMs);
        return undefined;
      default:
        return answer(200);
    }
  });
  const upstream: Upstream = {
    url: server.url,
    arrivals: [],
    answered: new Set(),
    isStormy: false,
    isOver: false,
    close: () => server.close(),
  };
  return upstream;
}

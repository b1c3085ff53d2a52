import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { createExecutor, defineClient, type Identity, jsonAnswer, type OperationDefinition } from '@trunkline/clients';
import { createAddressGuard, createCaller, createDialler } from '@trunkline/http-client';
import { until } from '@trunkline/installation';
import { createRedisRates } from '@trunkline/redis';
import { type App, createLifecycle, type Service } from '@trunkline/runtime';
import { z } from 'zod';

import type { CallerConfig } from './config.ts';
import type { CallerSummary } from './summary.ts';

/** Ask for turns all the time: more of them than the rate gives, whatever it is. */
const busyLanes = 4;
const calmEveryMs = 50;
const deadEveryMs = 20;
/** Short, so that what was promised before an outage is soon over. */
const waitInPlaceMs = 500;

const get: OperationDefinition<void, { readonly path: string }, void> = {
  name: 'get',
  repeatable: 'yes',
  request: ({ path }) => ({ method: 'GET', path }),
  answer: jsonAnswer(z.object({}).transform(() => undefined)),
};

const whose: OperationDefinition<void, void, Identity> = {
  name: 'identify',
  repeatable: 'yes',
  request: () => ({ method: 'GET', path: '/' }),
  answer: () => ({ account: undefined }),
};

/** Three tenants' calls, as a service of ours makes them: one at the limit of its account, one to a dead host, one at ease. */
export function createApp(config: CallerConfig, service: Service): App {
  const lifecycle = createLifecycle(service.logger);
  const { minuteMs } = config;
  const client = (name: string, origin: string, count: number) =>
    defineClient({
      name,
      origin,
      apiVersion: undefined,
      credentials: z.void(),
      authorise: () => ({}),
      rates: [{ key: 'default', count, periodMs: minuteMs, burst: 5 }],
      operations: {},
      identify: whose,
    });
  const [busy, calm, dead] = [
    client('busy', config.upstreamUrl, 100),
    client('calm', config.upstreamUrl, 10_000),
    client('dead', config.deadUrl, 10_000),
  ];
  const told: CallerSummary = { done: [], dead: { attempts: 0, heldBack: 0 }, calm: [] };
  service.health.summarise('caller', () => told);

  return {
    async start() {
      const dialler = createDialler({ guard: createAddressGuard({ allow: [{ network: '127.0.0.0/8' }] }) });
      lifecycle.onStop('dialler', () => dialler.close());
      const limiter = createRedisRates({
        url: config.redisUrl,
        namespace: config.namespace,
        onEvent: (event) => service.logger.info({ event: 'rates', ...event }, 'rates'),
      });
      lifecycle.onStop('limiter', (deadlineMs) => limiter.close({ deadlineMs }));
      // One that begins without Redis keeps to its share at first.
      await until('the rates are kept together', () => limiter.isUp());
      const executor = createExecutor({
        caller: createCaller({
          dialler,
          limiter,
          limits: { waitInPlaceMs, breakerOpenMs: minuteMs, firstRepeatMs: 50 },
        }),
      });
      const run = async (of: typeof busy, correlationId: string) =>
        await executor.run(of, {
          operation: get,
          connection: { id: `con_${of.name}`, account: 'acme', credentials: undefined },
          input: { path: `/${of.name}` },
          correlationId,
        });
      const lanes: Promise<void>[] = [];
      let isOver = false;
      const lane = (work: () => Promise<void>): void => {
        lanes.push(
          (async () => {
            while (!isOver) await work();
          })(),
        );
      };
      for (let nth = 0; nth < busyLanes; nth += 1) {
        lane(async () => {
          const id = randomUUID();
          const outcome = await run(busy, id);
          if (outcome.kind === 'done') told.done.push(id);
          // It would have waited longer than it may: ask again a little later.
          else await delay(Math.min(outcome.retryAfterMs ?? 0, waitInPlaceMs / 5));
        });
      }
      lane(async () => {
        const outcome = await run(dead, randomUUID());
        told.dead.attempts += outcome.attempts;
        if (outcome.attempts === 0) told.dead.heldBack += 1;
        await delay(deadEveryMs);
      });
      lane(async () => {
        const [beganAt, startedAtMs] = [Date.now(), performance.now()];
        await run(calm, randomUUID());
        told.calm.push([beganAt, performance.now() - startedAtMs]);
        await delay(calmEveryMs);
      });
      lifecycle.onStop('lanes', async () => {
        isOver = true;
        await Promise.all(lanes);
      });
    },
    stop: (deadlineMs) => lifecycle.stop(deadlineMs),
  };
}

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Stack, startStack } from '@trunkline/stack';
import { until } from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { sendBurst } from './burst.ts';
import { countOn, inboxRows, paymentRows } from './facts.ts';
import { residentBytes } from './processes.ts';
import { paymentId } from './stripe.ts';
import { type E2eWorld, startWorld } from './world.ts';

const isFull = process.env['TRUNKLINE_E2E_FULL'] === '1';
/** How long Postgres is away; `npm test` has no half a minute for it. */
const postgresOutageMs = isFull ? 30_000 : 5_000;
const mebibyte = 1024 * 1024;

/** Stripe's accept deadline, and what a busy machine adds when the sender of the burst shares its cores. */
const acceptDeadlineMs = 2_000;
const answerSlackMs = 5_000;
const burst = { perSecond: 1_000, seconds: isFull ? 30 : 5 } as const;
/** The 64 MiB of bodies and 64 MiB of records that may be held at most, and as much again for what holds them; it does not grow with time. */
const memoryGrowthLimit = 256 * mebibyte;
/** A broker that answers again is published to within this. */
const recoveryDeadlineMs = 5_000;

/** Servers of its own: no other test must see them go. Made by the stack, because PostgreSQL may run as another user. */
const parent = join(tmpdir(), `trunkline-outage-${randomUUID()}`);
let stack: Stack | undefined;
let world: E2eWorld;
beforeAll(async () => {
  stack = await startStack({ dataDir: join(parent, 'stack'), parts: ['kafka', 'registry', 'postgres'] });
  const { kafkaBrokers, registryUrl, postgresAdminUrl } = stack.endpoints;
  world = await startWorld({ kafkaBrokers, registryUrl, postgresAdminUrl });
}, 120_000);
afterAll(async () => {
  await world?.close();
  await stack?.stop();
  rmSync(parent, { recursive: true, force: true });
}, 60_000);

describe('while Kafka is stopped', () => {
  it('the ingress answers 503 with Retry-After in time, also 1,000 times a second, in bounded memory, and accepts within 5 s of its return', async () => {
    const kafka = partOf('kafka');
    await world.deliver({ fixture: 'payment_intent.created', payment: 'warm' });
    const { pid } = world.ingress;
    await kafka.stop();
    const beganAt = performance.now();

    const refused = await world.deliver({ fixture: 'payment_intent.succeeded', payment: 'first' });
    const refusedMs = performance.now() - beganAt;
    const before = residentBytes(pid);
    let highest = before;
    const report = await sendBurst({
      ...burst,
      post: (n) => world.deliver({ fixture: 'payment_intent.succeeded', payment: `burst${n}` }),
      observe: () => {
        highest = Math.max(highest, residentBytes(pid));
      },
    });
    await kafka.restart();
    const backAt = performance.now();
    const accepted = await until('the first 2xx', () => acceptedDelivery('back'), { everyMs: 50 });
    const recoveredMs = performance.now() - backAt;

    process.stdout.write(
      `Kafka stopped: ${JSON.stringify(report)}, memory +${Math.round((highest - before) / mebibyte)} MiB; back: first 2xx after ${Math.round(recoveredMs)} ms\n`,
    );
    expect(refused).toMatchObject({ status: 503, eventIds: [], retryAfterSeconds: expect.any(Number) });
    expect(refusedMs).toBeLessThan(acceptDeadlineMs + 1_000);
    expect(report.statuses).toEqual({ 503: burst.perSecond * burst.seconds });
    expect(report.retryAfterSeconds.every((seconds) => seconds !== undefined && seconds >= 1)).toBe(true);
    expect(report.slowestMs).toBeLessThan(acceptDeadlineMs + answerSlackMs);
    expect(highest - before).toBeLessThan(memoryGrowthLimit);
    expect(recoveredMs).toBeLessThan(recoveryDeadlineMs);
    expect(world.ingress.hasExited()).toBe(false);
    await until('what was accepted is applied', async () => (await inboxRows(world, accepted)).length === 1, {
      deadlineMs: 30_000,
    });
  }, 120_000);
});

describe('while Postgres is stopped', () => {
  it(
    'deliveries are accepted, and the consumer pauses and goes on where it was, with nothing in the dead-letter topic',
    async () => {
      const postgres = partOf('postgres');
      const payments = Array.from({ length: 20 }, (_, index) => `away${index}`);
      await postgres.stop();
      const awayAt = performance.now();

      const answers = await Promise.all(
        payments.map((payment) => world.deliver({ fixture: 'payment_intent.succeeded', payment })),
      );
      await until('payments says that it waits', async () => !(await isReady()));
      await until(
        'the outage has lasted',
        () => performance.now() - awayAt >= postgresOutageMs || world.payments.hasExited(),
        { deadlineMs: postgresOutageMs + 5_000 },
      );
      const readyWhileAway = await isReady();
      await postgres.restart();
      const eventIds = answers.flatMap((answer) => answer.eventIds);
      const rows = await until(
        'every event is done',
        async () => {
          const found = await inboxRows(world, eventIds);
          return found.length >= payments.length ? found : undefined;
        },
        { deadlineMs: 30_000, everyMs: 250 },
      );

      expect(answers.map(({ status }) => status)).toEqual(payments.map(() => 200));
      expect(readyWhileAway).toBe(false);
      expect(world.payments.hasExited()).toBe(false);
      expect(rows).toEqual(payments.map(() => ({ outcome: 'applied', via: 'main', attempt: 1, redrive_count: 0 })));
      expect(await paymentRows(world, payments.map(paymentId))).toHaveLength(payments.length);
      expect(await Promise.all([countOn(world, 'payments.dlt'), countOn(world, 'payments.retry.10s')])).toEqual([0, 0]);
      await until('payments is ready again', isReady);
    },
    60_000 + postgresOutageMs,
  );
});

/** The event ids of a delivery that was accepted; undefined when it was not. */
async function acceptedDelivery(payment: string): Promise<readonly string[] | undefined> {
  const { status, eventIds } = await world.deliver({ fixture: 'payment_intent.succeeded', payment });
  return status === 200 ? eventIds : undefined;
}

async function isReady(): Promise<boolean> {
  return (await fetch(`${world.payments.healthUrl}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
}

function partOf(name: 'kafka' | 'postgres'): ReturnType<Stack['part']> {
  if (stack === undefined) throw new Error('the stack did not start');
  return stack.part(name);
}

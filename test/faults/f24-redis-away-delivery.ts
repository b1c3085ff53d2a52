import { setTimeout as pause } from 'node:timers/promises';

import { until } from '@trunkline/installation';
import { judge, percentile } from '@trunkline/testkit';

import { type Delivering, openDelivering, readyDeadlineMs } from './delivering.ts';
import { flushRedis } from './flush-redis.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';

const full: RowScale = { deliveries: 18_000, perSecond: 300, strikes: 15 };
const short: RowScale = { deliveries: 60, perSecond: 300, strikes: 1 };

const faults = ['stopped', 'flushed', 'frozen'] as const;
type Fault = (typeof faults)[number];
const endpoints = 2;
/** What is published at a time. */
const everyMs = 100;
/** Of what is sent in a second while Redis is healthy. */
const leastShare = 0.95;
const deadlineMs = 120_000;

/**
 * Redis stopped, flushed again and again, and frozen, each after a healthy piece of the same length. Every event is published
 * once more in the next piece, so that what Redis would have known has to be known without it.
 */
export const redisAwayDelivery: FaultRow = {
  id: 'F24',
  title: 'Redis stopped, flushed and frozen while webhooks are sent',
  usesRedis: true,
  services: ['delivery'],
  full,
  short,
  safeguards: [
    {
      undoes: 'only events that the inbox did not know reach a handler',
      file: 'packages/consumer/src/batch/apply.ts',
      find: 'open.filter(({ entry }) => claimed.has(entry.eventId)),',
      replace: 'open,',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { scale } = run;
    const delivering = await openDelivering(run);
    try {
      await delivering.createEndpoints(endpoints, { maxInFlight: 64 });
      const process = await delivering.start('sender');
      await process.ready(readyDeadlineMs);
      const shares: Record<Fault, number[]> = { stopped: [], flushed: [], frozen: [] };
      for (let strike = 0; strike < scale.strikes; strike += 1) {
        const fault = faults[strike % faults.length] ?? 'stopped';
        const healthy = await pieceOf(run, delivering);
        shares[fault].push((await during(run, fault, () => pieceOf(run, delivering))) / healthy);
        run.onProgress(`${strike + 1} of ${scale.strikes}: ${fault}`);
      }
      await delivering.drained();
      await process.stop();
      return reportOf(run, delivering, shares);
    } finally {
      await delivering.close();
    }
  },
};

/** Publishes a piece at its rate, and the one before once more. Resolves with the webhooks sent per second until all of it was. */
async function pieceOf({ scale }: RowRun, delivering: Delivering): Promise<number> {
  const events = Math.ceil(scale.deliveries / scale.strikes / 2);
  const startedAtMs = performance.now();
  const before = delivering.ledger.promised.size;
  for (let sent = 0; sent < events;) {
    const due = Math.min(events, Math.ceil(((performance.now() - startedAtMs + everyMs) / 1_000) * scale.perSecond));
    await delivering.publishAgain(due - sent);
    await delivering.publish(due - sent);
    sent = due;
    await pause(everyMs);
  }
  const sentWebhooks = delivering.ledger.promised.size - before;
  await until(
    'every event of the piece has reached its endpoints',
    () => new Set(delivering.taken).size >= delivering.ledger.promised.size,
    { deadlineMs },
  );
  return (sentWebhooks * 1_000) / (performance.now() - startedAtMs);
}

async function during<T>({ servers }: RowRun, fault: Fault, work: () => Promise<T>): Promise<T> {
  const redis = servers.stack.part('redis');
  const over = new AbortController();
  if (fault === 'stopped') await redis.kill('SIGKILL');
  if (fault === 'frozen') await redis.freeze();
  const flushing = fault === 'flushed' ? flushUntil(over.signal, servers.stack.endpoints.redisUrl) : undefined;
  try {
    return await work();
  } finally {
    over.abort();
    await flushing;
    if (fault === 'stopped') await redis.restart();
    if (fault === 'frozen') await redis.thaw();
  }
}

async function flushUntil(signal: AbortSignal, redisUrl: string): Promise<void> {
  while (!signal.aborted) {
    await flushRedis(redisUrl);
    await pause(everyMs);
  }
}

function reportOf(
  { scale }: RowRun,
  { taken, ledger }: Delivering,
  shares: Readonly<Record<Fault, readonly number[]>>,
): RowReport {
  const medians = faults.flatMap((fault) =>
    shares[fault].length === 0 ? [] : [[fault, percentile(shares[fault], 0.5)] as const],
  );
  return {
    judgement: judge(ledger.promised, { effects: taken, deadLetters: [], waiting: [] }),
    strikes: scale.strikes,
    // Of one short piece a moment in which the machine is busy elsewhere decides.
    broken: medians
      .filter(([, share]) => scale === full && share < leastShare)
      .map(
        ([fault, share]) => `sent ${percent(share)} of healthy with Redis ${fault}, at least ${percent(leastShare)}`,
      ),
    figures: Object.fromEntries(
      medians.map(([fault, share]) => [`sent per second of healthy, ${fault}`, percent(share)]),
    ),
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

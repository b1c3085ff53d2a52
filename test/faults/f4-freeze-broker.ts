import { type ServiceProcess, until } from '@trunkline/installation';
import { judge, residentBytes } from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress } from './consumers.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, lasting, type Senders } from './senders.ts';
import { findings } from './verifier.ts';

const full: RowScale = { deliveries: 9_000, perSecond: 300, strikes: 3 };
const short: RowScale = { deliveries: 900, perSecond: 300, strikes: 1 };

/** One per strike. The second and third outlive the producer's patience (15 s) and the consumers' sessions (6 s). */
const freezesMs = [5_000, 30_000, 60_000] as const;
/** Stripe's accept deadline is 2 s; the rest is for the queue of a loaded machine. */
const answerBarMs = { full: 6_000, short: 60_000 } as const;
/**
 * What the ingress may grow by: 64 MiB of records that wait for Kafka (publisher), and as much again for the thousand
 * connections of our senders and for a heap that is collected when it suits it.
 */
const growthBarBytes = 128 * 1024 * 1024;
const loadDeadlineMs = 180_000;
const recoveryDeadlineMs = 60_000;
const sampleMs = 200;

/** SIGSTOP of the broker: connections stay open, and nobody answers. */
export const freezeBroker: FaultRow = {
  id: 'F4',
  title: 'broker frozen for 5, 30 and 60 s',
  services: [],
  full,
  short,
  safeguards: [
    {
      undoes: 'the accept deadline of the source',
      file: 'services/ingress/src/steps/publish.ts',
      find: '{ deadlineMs: Math.max(leastPublishMs, remainingMs) }',
      replace: '{ deadlineMs: 600_000 + remainingMs }',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, mutation } = run;
    const [consumers, ingress] = await Promise.all([startConsumers(world), startIngress(world, { mutation })]);
    const senders = createSenders(run, { deadlineMs: loadDeadlineMs });
    const freezes: Freeze[] = [];
    const perStrike = Math.ceil(scale.deliveries / scale.strikes);
    while (freezes.length < scale.strikes) {
      const frozenMs = freezesMs[freezes.length % freezesMs.length] ?? freezesMs[0];
      freezes.push(await senders.sendDuring(perStrike, () => freezeOnce(run, { senders, ingress, frozenMs })));
      run.onProgress(`${freezes.length} of ${scale.strikes}: frozen for ${frozenMs / 1_000} s`);
    }
    await ingress.stop();
    await consumeEverything(world, consumers);
    const { seen, ledger } = senders;
    const growthBytes = Math.max(...freezes.map((freeze) => freeze.growthBytes));
    return {
      judgement: judge(ledger.promised, await findings(world)),
      strikes: freezes.length,
      broken: [
        ...seen.complaints({ slowestMs: answerBarMs[scale === full ? 'full' : 'short'], unanswered: 0 }),
        // However slow the machine: every freeze is longer than the accept deadline.
        ...freezes
          .filter(({ refused }) => refused === 0)
          .map(({ frozenMs }) => `nobody got an answer while the broker was frozen for ${frozenMs} ms`),
        ...(growthBytes > growthBarBytes
          ? [`the ingress grew by ${mebibytes(growthBytes)} MiB, at most ${mebibytes(growthBarBytes)}`]
          : []),
      ],
      figures: {
        'refused with 503 and Retry-After': seen.refused(),
        'answers, p99, ms': Math.round(seen.p99Ms()),
        'slowest answer, ms': Math.round(seen.slowestMs()),
        'ingress grew while frozen, at most, MiB': mebibytes(growthBytes),
        'ingress resident under load, at most, MiB': mebibytes(
          Math.max(...freezes.map(({ loadedBytes }) => loadedBytes)),
        ),
        'ingress resident while frozen, at most, MiB': mebibytes(
          Math.max(...freezes.map(({ frozenBytes }) => frozenBytes)),
        ),
        'thawed to first 2xx, slowest, ms': Math.round(Math.max(...freezes.map(({ recoveryMs }) => recoveryMs))),
      },
    };
  },
};

interface Freeze {
  readonly frozenMs: number;
  /** Postings that were told to come back while it lasted. */
  readonly refused: number;
  readonly growthBytes: number;
  /** Resident just before, and the most of it meanwhile. */
  readonly loadedBytes: number;
  readonly frozenBytes: number;
  readonly recoveryMs: number;
}

interface FreezeOptions {
  readonly senders: Senders;
  readonly ingress: ServiceProcess;
  readonly frozenMs: number;
}

async function freezeOnce(run: RowRun, { senders, ingress, frozenMs }: FreezeOptions): Promise<Freeze> {
  const broker = run.servers.stack.part('kafka');
  const { seen } = senders;
  const after = seen.accepted() + run.scale.perSecond / 2;
  await until('load to freeze the broker under', () => seen.accepted() >= after, { deadlineMs: loadDeadlineMs });
  const before = residentBytes(ingress.pid) ?? 0;
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, residentBytes(ingress.pid) ?? 0);
  }, sampleMs);
  const refusedBefore = seen.refused();
  await broker.freeze();
  try {
    await lasting(frozenMs);
  } finally {
    clearInterval(sampling);
    await broker.thaw();
  }
  const refused = seen.refused() - refusedBefore;
  return {
    frozenMs,
    refused,
    growthBytes: peak - before,
    loadedBytes: before,
    frozenBytes: peak,
    recoveryMs: await seen.nextAccepted(recoveryDeadlineMs),
  };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

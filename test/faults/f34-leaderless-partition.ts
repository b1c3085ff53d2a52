import { headerName } from '@trunkline/events';
import { until } from '@trunkline/installation';
import { readRecords } from '@trunkline/kafka';
import { type Answer, judge, percentile } from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress } from './consumers.ts';
import type { FaultRow, RowReport, RowRun, RowScale } from './row.ts';
import { createSenders, lasting } from './senders.ts';
import { findings } from './verifier.ts';
import type { FaultWorld } from './world.ts';

const full: RowScale = { deliveries: 12_000, perSecond: 100, strikes: 4 };
const short: RowScale = { deliveries: 600, perSecond: 100, strikes: 1 };

const topic = 'payments.payment.v1';
/** The one partition of all topics that the second broker has. */
const dead = 2;

/**
 * How much slower the deliveries of the other partitions may become; below the floor a difference is the machine's. A
 * short run shares its two cores with whatever CI does beside it: there only the wait of a shared lane, 5 s, is one.
 */
const slowerBar = 1.5;
const floorMs = { full: 50, short: 3_000 } as const;
const recoveryBarMs = { full: 5_000, short: 60_000 } as const;
/** Stripe's accept deadline is 2 s; the rest is for the queue of a loaded machine. */
const answerBarMs = { full: 6_000, short: 60_000 } as const;
const loadDeadlineMs = 120_000;
const readDeadlineMs = 60_000;
const readLimit = 1_000_000;

/** kill -9 of the broker that has one of three partitions of a topic, under load, and its restart. */
export const leaderlessPartition: FaultRow = {
  id: 'F34',
  title: 'one of three partitions of a topic without a leader',
  cluster: { brokers: 2, replicasOf: (name, partition) => [name === topic && partition === dead ? 2 : 1] },
  services: [],
  full,
  short,
  safeguards: [
    {
      undoes: 'each broker has a lane of its own',
      file: 'packages/kafka/src/publish/batcher.ts',
      find: 'const leader = this.#leaders.of(topic)?.[partition] ?? -1;',
      replace: 'const leader = 1;',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, mutation } = run;
    const bars = scale === full ? 'full' : 'short';
    const [consumers, ingress] = await Promise.all([startConsumers(world), startIngress(world, { mutation })]);
    const firsts = new FirstAnswers((n) => world.sender.post(n));
    const senders = createSenders(run, { post: (n) => firsts.post(n), deadlineMs: loadDeadlineMs });
    const count = Math.ceil(scale.deliveries / scale.strikes / 2);
    const recoveriesMs: number[] = [];
    while (recoveriesMs.length < scale.strikes) {
      firsts.phase = 'healthy';
      await senders.sendDuring(count, () => Promise.resolve());
      recoveriesMs.push(await senders.sendDuring(count, () => killOnce(run, { firsts, count })));
      run.onProgress(`${recoveriesMs.length} of ${scale.strikes} kills`);
    }
    await ingress.stop();
    await consumeEverything(world, consumers);

    const on = await partitionsOfEvents(world);
    const healthy = firsts.of('healthy', on);
    const others = firsts.of('dead', on).filter(({ partition }) => partition !== dead);
    const all = firsts.of('dead', on);
    const accepted = all.filter(({ isAccepted }) => isAccepted).length;
    const refusedOthers = others.filter(({ isAccepted }) => !isAccepted).length;
    const beforeMs = percentile(
      healthy.map(({ ms }) => ms),
      0.99,
    );
    const duringMs = percentile(
      others.map(({ ms }) => ms),
      0.99,
    );
    const slowestMs = Math.max(...recoveriesMs);
    return {
      judgement: judge(senders.ledger.promised, await findings(world)),
      strikes: recoveriesMs.length,
      broken: [
        ...senders.seen.complaints({ slowestMs: answerBarMs[bars], unanswered: 0 }),
        ...(refusedOthers > 0 ? [`${refusedOthers} deliveries for the other partitions were refused`] : []),
        ...(accepted === all.length ? ['nothing was refused, so nothing was broken'] : []),
        ...(duringMs > Math.max(floorMs[bars], slowerBar * beforeMs)
          ? [
              `p99 of the other partitions was ${Math.round(duringMs)} ms against ${Math.round(beforeMs)}, at most ${slowerBar} times that was promised`,
            ]
          : []),
        ...(slowestMs > recoveryBarMs[bars]
          ? [
              `the first 2xx for the partition came ${Math.round(slowestMs)} ms after its broker was ready, at most ${recoveryBarMs[bars]}`,
            ]
          : []),
      ],
      figures: {
        'deliveries of which one partition had no leader': all.length,
        'accepted at the first try': percent(accepted / all.length),
        'of the other partitions accepted at the first try': percent(1 - refusedOthers / others.length),
        'share of the other partitions': percent(others.length / all.length),
        'p99 before, ms': Math.round(beforeMs),
        'p99 of the other partitions, ms': Math.round(duringMs),
        'broker ready to first 2xx of its partition, slowest, ms': Math.round(slowestMs),
      },
    };
  },
};

interface KillOptions {
  readonly firsts: FirstAnswers;
  readonly count: number;
}

/** The whole load falls into the time without a leader. What is refused is sent again until it is accepted, afterwards. */
async function killOnce({ servers, scale }: RowRun, { firsts, count }: KillOptions): Promise<number> {
  const broker = servers.stack.broker(2);
  firsts.phase = 'dead';
  await broker.kill('SIGKILL');
  await lasting((count / scale.perSecond) * 1_000);
  firsts.phase = 'over';
  const before = firsts.acceptedLater();
  await broker.restart();
  const readyAt = performance.now();
  await until('a 2xx for the partition that was away', () => firsts.acceptedLater() > before, {
    deadlineMs: loadDeadlineMs,
    everyMs: 5,
  });
  return performance.now() - readyAt;
}

type Phase = 'healthy' | 'dead' | 'over';

interface FirstAnswer {
  readonly phase: Phase;
  readonly ms: number;
  readonly isAccepted: boolean;
}

/** What each delivery was answered first, and which event it became. */
class FirstAnswers {
  readonly #post: (n: number) => Promise<Answer>;
  readonly #answers = new Map<number, FirstAnswer>();
  readonly #events = new Map<number, string>();
  #acceptedLater = 0;
  phase: Phase = 'healthy';

  constructor(post: (n: number) => Promise<Answer>) {
    this.#post = post;
  }

  async post(n: number): Promise<Answer> {
    const { phase } = this;
    const startedAt = performance.now();
    const answer = await this.#post(n);
    const isAccepted = answer.status >= 200 && answer.status < 300;
    const isFirst = !this.#answers.has(n);
    if (isFirst) this.#answers.set(n, { phase, ms: performance.now() - startedAt, isAccepted });
    if (!isAccepted) return answer;
    if (!isFirst) this.#acceptedLater += 1;
    for (const id of answer.eventIds) this.#events.set(n, id);
    return answer;
  }

  /** Deliveries that were refused first. */
  acceptedLater(): number {
    return this.#acceptedLater;
  }

  /** Of a phase, with the partition that the event is on. */
  of(wanted: Phase, partitionOf: ReadonlyMap<string, number>): readonly PlacedAnswer[] {
    return [...this.#answers]
      .filter(([, { phase }]) => phase === wanted)
      .map(([n, answer]) => ({ ...answer, partition: partitionOf.get(this.#events.get(n) ?? '') }));
  }
}

interface PlacedAnswer extends FirstAnswer {
  readonly partition: number | undefined;
}

async function partitionsOfEvents({ kafka }: FaultWorld): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const signal = AbortSignal.timeout(readDeadlineMs);
  for await (const { headers, partition } of readRecords(kafka, { topic, limit: readLimit, signal }))
    found.set(headers[headerName.id] ?? '', partition);
  return found;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

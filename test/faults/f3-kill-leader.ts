import { until } from '@trunkline/installation';
import { createTopicAdmin, type TopicAdmin } from '@trunkline/kafka';
import { createRandom, judge, type Random } from '@trunkline/testkit';

import { consumeEverything, startConsumers, startIngress } from './consumers.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { createSenders, type Senders } from './senders.ts';
import { findings } from './verifier.ts';

const topic = 'payments.payment.v1';
const brokers = 3;
/** From the kill on: another leader is elected, whether the killed one comes back or not. */
const recoveryBarMs = 5_000;
/** Stripe's accept deadline is 2 s; the rest is for the queue of a loaded machine. */
const answerBarMs = 6_000;
const loadDeadlineMs = 120_000;
const recoveryDeadlineMs = 60_000;
const inSyncDeadlineMs = 60_000;

/** kill -9 of the broker that leads a partition of the topic, of three, and its restart on the same data. */
export const killLeader: FaultRow = {
  id: 'F3b',
  title: 'kill -9 of a leader of three brokers, replication factor 3, min.insync.replicas 2',
  cluster: { brokers, replicationFactor: brokers },
  full: { deliveries: 30_000, perSecond: 300, strikes: 10 },
  short: { none: 'three brokers take 10 s and 0.6 GB to start; F34 kills one of two in every run' },
  safeguards: [
    {
      undoes: 'a failed publish is a 503',
      file: 'services/ingress/src/steps/publish.ts',
      find: '    return refusalOf(error);\n',
      replace: '    refusalOf(error);\n',
    },
    {
      undoes: 'acknowledged is what a broker has answered for',
      file: 'packages/kafka/src/publish/producer-session.ts',
      find: 'answered.has(`${partition} ${onWire(topic)}`)',
      replace: 'answered.size > 0',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale, mutation } = run;
    const admin = createTopicAdmin(world.kafka);
    try {
      const [consumers, ingress] = await Promise.all([startConsumers(world), startIngress(world, { mutation })]);
      const senders = createSenders(run, { deadlineMs: loadDeadlineMs });
      const random = createRandom(run.seed);
      const perStrike = Math.ceil(scale.deliveries / scale.strikes);
      const kills: Kill[] = [];
      while (kills.length < scale.strikes) {
        kills.push(await senders.sendDuring(perStrike, () => killOnce(run, { senders, random, admin, perStrike })));
        run.onProgress(`${kills.length} of ${scale.strikes} kills: broker ${kills.at(-1)?.broker}`);
      }
      await ingress.stop();
      await consumeEverything(world, consumers);
      return report(senders, kills, judge(senders.ledger.promised, await findings(world)));
    } finally {
      await admin.close();
    }
  },
};

function report({ seen }: Senders, kills: readonly Kill[], judgement: RowReport['judgement']): RowReport {
  const slowestMs = Math.max(...kills.map(({ recoveryMs }) => recoveryMs));
  return {
    judgement,
    strikes: kills.length,
    broken: [
      ...seen.complaints({ slowestMs: answerBarMs, unanswered: 0 }),
      ...(slowestMs > recoveryBarMs
        ? [`the partition was led again ${Math.round(slowestMs)} ms after a kill, at most ${recoveryBarMs}`]
        : []),
    ],
    figures: {
      'brokers killed': [...new Set(kills.map(({ broker }) => broker))].sort((a, b) => a - b).join(', '),
      'refused with 503 and Retry-After': seen.refused(),
      'answers, p99, ms': Math.round(seen.p99Ms()),
      'slowest answer, ms': Math.round(seen.slowestMs()),
      'kill to another leader, slowest, ms': Math.round(Math.max(...kills.map(({ electedMs }) => electedMs))),
      'kill to first 2xx after it, slowest, ms': Math.round(slowestMs),
      'restart to all replicas in sync, slowest, ms': Math.round(Math.max(...kills.map(({ inSyncMs }) => inSyncMs))),
    },
  };
}

interface Kill {
  readonly broker: number;
  readonly electedMs: number;
  /** From the kill to the first 2xx of a delivery once there is another leader. */
  readonly recoveryMs: number;
  readonly inSyncMs: number;
}

interface KillOptions {
  readonly senders: Senders;
  readonly random: Random;
  readonly admin: TopicAdmin;
  readonly perStrike: number;
}

/** Somewhere in the first half of the load. The next kill finds all replicas in sync again: one may be away, not two. */
async function killOnce(run: RowRun, { senders, random, admin, perStrike }: KillOptions): Promise<Kill> {
  const { seen } = senders;
  const after = seen.accepted() + random.integer(1, Math.floor(perStrike / 2));
  await until('load to kill a leader under', () => seen.accepted() >= after, {
    deadlineMs: loadDeadlineMs,
    everyMs: 5,
  });
  const replicas = await admin.replicas(topic);
  const partition = random.integer(0, replicas.length - 1);
  const leader = replicas[partition]?.leader;
  if (leader === undefined) throw new Error(`partition ${partition} of ${topic} has no leader before the kill`);
  const broker = run.servers.stack.broker(leader);
  const killedAt = performance.now();
  await broker.kill('SIGKILL');
  await until(
    'another leader',
    async () => {
      const now = (await admin.replicas(topic))[partition]?.leader;
      return now !== undefined && now !== leader;
    },
    { deadlineMs: recoveryDeadlineMs, everyMs: 20 },
  );
  const electedMs = performance.now() - killedAt;
  const recoveryMs = electedMs + (await seen.nextAccepted(recoveryDeadlineMs));
  await broker.restart();
  const restartedAt = performance.now();
  await until(
    'all replicas in sync',
    async () => (await admin.replicas(topic)).every(({ inSync }) => inSync.length === brokers),
    { deadlineMs: inSyncDeadlineMs, everyMs: 50 },
  );
  return { broker: leader, electedMs, recoveryMs, inSyncMs: performance.now() - restartedAt };
}

import { join } from 'node:path';

import { published, testRecord } from '@trunkline/consumer/testing';
import { eventIdOfUuid } from '@trunkline/core';
import { createEventCodec, type EventCodec } from '@trunkline/events';
import { type ServiceProcess, until } from '@trunkline/installation';
import { createPublisher, createSchemaRegistry, type OutgoingRecord, type Publisher } from '@trunkline/kafka';
import { createLedger, createRandom, judge, type PromiseLedger, type Random } from '@trunkline/testkit';

import { forgetKilled, startConsumer, untilConsumed } from './consumers.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import { deadLetterIdsOf } from './verifier.ts';
import type { FaultWorld } from './world.ts';

const crashPoints = [
  'strict.before_park',
  'consumer.after_effect',
  'strict.after_park',
  'strict.after_release',
  'strict.after_dead_letter',
  'consumer.before_effect',
  'consumer.after_commit',
  'consumer.before_offset_commit',
] as const;

const topic = 'payments.payment.v1';
/** A fifth of the events, 1,000 at most. */
const mostKeys = 1_000;
/** Of 100 events so many fail once, and so many each time: 5 in all. */
const stumbling = 4;
const refused = 1;
/** Members that die in one round, so that a round waits once for their session to end. */
const victimsAtOnce = 4;
/** Before each round, so that there is something to crash on. */
const freshPerRound = 400;
const publishAtOnce = 500;
const publishDeadlineMs = 30_000;
const crashDeadlineMs = 60_000;
const drainDeadlineMs = 120_000;

/** kill -9 of members of a group that keeps events in order by key, at each point between a record and its place. */
export const killStrict: FaultRow = {
  id: 'J5',
  title: 'kill -9 of consumers that keep order per key',
  services: [],
  full: { deliveries: 20_000, perSecond: 0, strikes: 48 },
  short: { deliveries: 400, perSecond: 0, strikes: 2 },
  safeguards: [
    {
      undoes: 'events after a failed one of their key are not run',
      file: 'packages/consumer/src/batch/settle.ts',
      find: 'if (head !== undefined) settled.push({ task, behind: head });',
      replace: 'if (head === null) settled.push({ task, behind: head });',
    },
    {
      undoes: 'events of a blocked key are parked',
      file: 'packages/consumer/src/strict/keep-back.ts',
      find: `else if (byKey.get(keyId)?.state !== 'passed') waiting.push(event);`,
      replace: '',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const events = await openEvents(run);
    try {
      await events.publish(scale.deliveries);
      const kills = await killInRounds(run, events);
      const last = startOrdered(run, '');
      const survivor = await last;
      await untilConsumed(world, [{ group: 'tally', topics: [topic] }]);
      await until('no key waits', async () => (await waiting(world)) === 0, { deadlineMs: drainDeadlineMs });
      await survivor.stop();
      const effects = await effectsOf(world);
      const outOfOrder = countOutOfOrder(effects);
      return {
        judgement: judge(events.ledger.promised, {
          effects: effects.map(({ id }) => eventIdOfUuid(id)),
          deadLetters: await deadLetterIdsOf(world, ['tally']),
          waiting: [],
        }),
        strikes: scale.strikes,
        broken: outOfOrder === 0 ? [] : [`${outOfOrder} effects came before that of an earlier event of their key`],
        figures: { keys: events.keys, ...kills, 'out of order within their key': outOfOrder },
      };
    } finally {
      await events.close();
    }
  },
};

/** Whoever publishes: what the broker has acknowledged is promised. */
interface Events {
  readonly ledger: PromiseLedger;
  readonly keys: number;
  publish(count: number): Promise<void>;
  close(): Promise<void>;
}

async function openEvents({ world, scale, seed }: RowRun): Promise<Events> {
  const { endpoints, namespace } = world.installation;
  const registry = createSchemaRegistry({ url: endpoints.registryUrl, namespace, timeoutMs: publishDeadlineMs });
  const codec = await createEventCodec({ registry, topics: [topic] });
  const publisher: Publisher = await createPublisher(world.kafka);
  const ledger = createLedger();
  const random = createRandom(seed);
  const keys = Math.min(mostKeys, Math.ceil(scale.deliveries / 5));
  let made = 0;
  return {
    ledger,
    keys,
    async publish(count) {
      for (let left = count; left > 0; left -= publishAtOnce) {
        const records = Array.from({ length: Math.min(left, publishAtOnce) }, () => {
          made += 1;
          return recordOf(codec, {
            tenantId: world.tenantId,
            n: made,
            key: `key${random.integer(1, keys)}`,
            how: howOf(random),
          });
        });
        await publisher.publish(records, { deadlineMs: publishDeadlineMs });
        for (const { headers } of records) ledger.promise(headers['ce_id'] ?? '');
      }
    },
    close: () => publisher.close({ deadlineMs: 5_000 }),
  };
}

function howOf(random: Random): string {
  const drawn = random.integer(1, 100);
  if (drawn <= refused) return 'refused';
  return drawn <= refused + stumbling ? 'stumbles' : 'fine';
}

function recordOf(
  codec: EventCodec,
  {
    tenantId,
    n,
    key,
    how,
  }: { readonly tenantId: string; readonly n: number; readonly key: string; readonly how: string },
): OutgoingRecord {
  const name = `${n}/${how}`;
  const stated = { status: 'created' };
  const type = 'payments.payment.created';
  const record = testRecord({
    topic,
    type,
    kind: 'payment',
    entityId: key,
    occurredAt: Date.now(),
    stated,
    tenantId,
    name,
  });
  return published(codec, { ...record, metadata: { ...record.metadata, providerEventId: name } });
}

/** Several members at once, each of which lives until it comes to its crash point. */
async function killInRounds(run: RowRun, events: Events): Promise<Readonly<Record<string, number>>> {
  const random = createRandom(run.seed);
  const byPoint: Record<string, number> = {};
  for (let kills = 0; kills < run.scale.strikes;) {
    const count = Math.min(victimsAtOnce, run.scale.strikes - kills);
    const points = Array.from({ length: count }, (_, index) => pointOf(kills + index));
    await events.publish(freshPerRound);
    await Promise.all(points.map((point) => crash(run, events, `${point}=kill@${random.integer(1, 3)}`)));
    for (const point of points) byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
    kills += count;
    run.onProgress(`${kills} of ${run.scale.strikes} kills`);
  }
  return byPoint;
}

function pointOf(kill: number): (typeof crashPoints)[number] {
  return crashPoints[kill % crashPoints.length] ?? crashPoints[0];
}

async function crash(run: RowRun, events: Events, failpoints: string): Promise<void> {
  const process = await startOrdered(run, failpoints);
  const hasDied = async (): Promise<boolean> => {
    // A member may have no event that fails among its partitions, or come to the point late.
    if (!process.hasExited()) await events.publish(20);
    return process.hasExited();
  };
  await until(`a member dies at ${failpoints}`, hasDied, { deadlineMs: crashDeadlineMs, everyMs: 250 });
  const exit = await process.exited;
  if (exit.signal !== 'SIGKILL')
    throw new Error(`a member ended by itself (${exit.code ?? exit.signal}); its log: ${process.logFile}`);
}

/**
 * Those that are to die are soon forgotten. One that stays has the usual session: on a busy machine the short one ends again
 * and again while the process waits for a processor, and each time what it has in hand begins anew.
 */
function startOrdered({ world, mutation }: RowRun, failpoints: string): Promise<ServiceProcess> {
  return startConsumer(world, 'tally', {
    directory: join(import.meta.dirname, 'ordered'),
    failpoints,
    mutation,
    ...(failpoints === '' ? {} : { env: forgetKilled }),
  });
}

interface OrderedEffect {
  readonly id: string;
  readonly key: string;
  readonly n: number;
}

async function effectsOf({ database, tenantId }: FaultWorld): Promise<readonly OrderedEffect[]> {
  return await database.transaction([tenantId], (tx) =>
    tx.query<OrderedEffect>('SELECT event_id AS id, key, n FROM tally.ordered ORDER BY place'),
  );
}

/** Events are numbered as they were published. */
function countOutOfOrder(effects: readonly OrderedEffect[]): number {
  const latest = new Map<string, number>();
  let count = 0;
  for (const { key, n } of effects) {
    if (n < (latest.get(key) ?? 0)) count += 1;
    latest.set(key, Math.max(n, latest.get(key) ?? 0));
  }
  return count;
}

async function waiting({ database }: FaultWorld): Promise<number> {
  const [row] = await database.statement<{ readonly n: number }>(
    'SELECT coalesce(sum(waiting), 0)::int AS n FROM tally.blocked_key',
    [],
  );
  return row?.n ?? -1;
}

import { setTimeout as delay } from 'node:timers/promises';

import { createEventCodec, encodeEvent, headerName } from '@trunkline/events';
import { type ServiceProcess, until } from '@trunkline/installation';
import { askForRedrive, findJob, type Job } from '@trunkline/journal';
import { createPublisher, createSchemaRegistry, type OutgoingRecord } from '@trunkline/kafka';
import { createLedger, judge, sealedPayment } from '@trunkline/testkit';

import { forgetKilled, startPayments } from './consumers.ts';
import type { FaultRow, RowReport, RowRun } from './row.ts';
import type { FaultWorld } from './world.ts';

/** Between the broker's acknowledgement and the note of it, and before both. */
const crashPoints = ['redrive.after_publish', 'redrive.before_publish'] as const;
/** 200 s at the rate of the full row, and what a busy machine takes beside. */
const deadlineMs = 900_000;
/** What a person may wait for a job to go on after a kill. A short run shares its machine. */
const resumesWithinMs = { full: 20_000, short: 60_000 } as const;
/** Waiting for a lease is no part of what a short run shows. */
const shortLeaseMs = 1_000;
const publishAtOnce = 1_000;

/** kill -9 of the journal while it sends dead letters back, at both sides of a publish. */
export const killRedrive: FaultRow = {
  id: 'J4',
  title: 'kill -9 of the journal while it sends dead letters back',
  full: { deliveries: 100_000, perSecond: 500, strikes: 2 },
  short: { deliveries: 300, perSecond: 200, strikes: 2 },
  safeguards: [
    {
      undoes: 'a portion is noted as sent after the broker has acknowledged it',
      file: 'services/journal/src/jobs/sending.ts',
      find: `    failpoint('redrive.before_publish');`,
      replace: `    await withJob(database, lease, (tx) => markSent(tx, job, { sent: there.map(({ letter }) => letter.id), gone: [] }), signal);
    failpoint('redrive.before_publish');`,
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world, scale } = run;
    const ledger = createLedger();
    const [payments] = await Promise.all([startPayments(world, {}), bury(run, (id) => ledger.promise(id))]);
    await payments.ready();
    const first = await start(run, 0);
    await until('the letters are indexed', async () => (await countLetters(world)) === scale.deliveries, {
      deadlineMs,
    });
    const id = await askForRedrive(world.database, {
      group: 'payments',
      filter: {},
      options: { canary: true, force: false },
      rate: scale.perSecond,
      note: 'a fault row',
      actor: 'faults',
    });
    const { last, resumedMs } = await killRepeatedly(run, first, id);
    const job = await jobWhen(
      { world, id },
      'has an outcome for every letter',
      ({ counts }) => counts.queued + counts.sent === 0,
    );
    // Each was sent once at least; the index has what was sent a moment later.
    await until('what was sent is indexed', async () => (await redrivenRecords(world)) >= job.counts.applied, {
      deadlineMs,
    });
    await Promise.all([payments.stop(), last.stop()]);
    const effects = await appliedIds(world);
    const slowest = Math.max(...resumedMs);
    const mostMs = resumesWithinMs[isShort(scale) ? 'short' : 'full'];
    const { planned, ...parts } = job.counts;
    const sum = Object.values(parts).reduce((all, part) => all + part, 0);
    return {
      judgement: judge(ledger.promised, { effects, deadLetters: [], waiting: [] }),
      strikes: scale.strikes,
      broken: [
        ...(sum === planned && planned === scale.deliveries ? [] : [`${planned} letters planned and ${sum} counted`]),
        ...(slowest <= mostMs ? [] : [`a job stood for ${slowest} ms after a kill, at most ${mostMs}`]),
      ],
      figures: {
        planned,
        'applied of them': job.counts.applied,
        'published again': (await redrivenRecords(world)) - planned,
        'slowest resume, ms': slowest,
      },
    };
  },
};

/** Dead letters of the group payments, one for each of so many payments. */
async function bury({ world, scale }: RowRun, promise: (id: string) => void): Promise<void> {
  const { kafka, installation } = world;
  const registry = createSchemaRegistry({
    url: installation.endpoints.registryUrl,
    namespace: installation.namespace,
    timeoutMs: 10_000,
  });
  const codec = await createEventCodec({ registry, topics: ['payments.payment.v1'] });
  const publisher = await createPublisher(kafka);
  const nowMs = Date.now();
  try {
    for (let from = 0; from < scale.deliveries; from += publishAtOnce) {
      const records = Array.from(
        { length: Math.min(publishAtOnce, scale.deliveries - from) },
        (_, index): OutgoingRecord => {
          const event = sealedPayment(`pi_${from + index}`, nowMs);
          promise(event.eventId);
          const encoded = encodeEvent(codec, event, {});
          const headers = { ...encoded.headers, ...failureHeaders(from + index, nowMs) };
          return { ...encoded, topic: 'payments.dlt', headers };
        },
      );
      await publisher.publish(records, { deadlineMs: 30_000 });
    }
  } finally {
    await publisher.close({ deadlineMs: 5_000 });
  }
}

function failureHeaders(place: number, nowMs: number): Readonly<Record<string, string>> {
  return {
    [headerName.originalTopic]: 'payments.payment.v1',
    [headerName.originalPartition]: '0',
    [headerName.originalOffset]: String(place),
    [headerName.originalTimestamp]: String(nowMs),
    [headerName.originalConsumerGroup]: 'payments',
    [headerName.attemptsTotal]: '1',
    [headerName.failureKind]: 'permanent',
    [headerName.exceptionCode]: 'upstream_4xx',
    [headerName.exceptionMessage]: 'the bank said no',
  };
}

function isShort({ deliveries }: RowRun['scale']): boolean {
  return deliveries < killRedrive.full.deliveries;
}

/** The journal that dies at the point of this kill; behind the last kill one that lives. */
async function start(run: RowRun, kill: number): Promise<ServiceProcess> {
  const { world, scale, mutation } = run;
  const point = crashPoints[kill % crashPoints.length] ?? crashPoints[0];
  return await world.start({
    name: 'journal',
    mutation,
    ...(kill < scale.strikes ? { failpoints: `${point}=kill@3` } : {}),
    env: { ...forgetKilled, ...(isShort(scale) ? { TRUNKLINE_JOB_LEASE_MS: String(shortLeaseMs) } : {}) },
  });
}

/** Each dies in its third portion; how long it took until the next one had sent some, from the death on. */
async function killRepeatedly(
  run: RowRun,
  first: ServiceProcess,
  id: string,
): Promise<{ readonly last: ServiceProcess; readonly resumedMs: readonly number[] }> {
  const resumedMs: number[] = [];
  let journal = first;
  for (let kill = 0; kill < run.scale.strikes; kill += 1) {
    await until('the journal dies', () => journal.hasExited(), { deadlineMs, everyMs: 20 });
    const diedAtMs = performance.now();
    const exit = await journal.exited;
    if (exit.signal !== 'SIGKILL')
      throw new Error(`the journal ended by itself (${exit.code ?? exit.signal}); its log: ${journal.logFile}`);
    const { queued } = (await jobWhen({ world: run.world, id }, 'is there', () => true)).counts;
    journal = await start(run, kill + 1);
    await jobWhen({ world: run.world, id }, 'goes on', ({ counts }) => counts.queued < queued || counts.queued === 0);
    resumedMs.push(Math.round(performance.now() - diedAtMs));
    run.onProgress(`${kill + 1} of ${run.scale.strikes} kills`);
  }
  return { last: journal, resumedMs };
}

async function jobWhen(
  { world, id }: { readonly world: FaultWorld; readonly id: string },
  ...[what, holds]: [what: string, holds: (job: Job) => boolean]
): Promise<Job> {
  const endsAtMs = performance.now() + deadlineMs;
  for (;;) {
    const job = await findJob(world.database, { scope: 'all', id });
    if (job !== undefined && holds(job)) return job;
    if (performance.now() > endsAtMs) throw new Error(`the job never ${what}: ${JSON.stringify(job)}`);
    await delay(50);
  }
}

async function countLetters({ database }: FaultWorld): Promise<number> {
  const [row] = await database.statement<{ readonly n: number }>('SELECT count(*)::int AS n FROM journal.letter', []);
  return row?.n ?? -1;
}

async function appliedIds({ database }: FaultWorld): Promise<readonly string[]> {
  const rows = await database.statement<{ readonly id: string }>(
    `SELECT 'evt_' || replace(event_id::text, '-', '') AS id FROM payments.inbox`,
    [],
  );
  return rows.map(({ id }) => id);
}

async function redrivenRecords({ database }: FaultWorld): Promise<number> {
  const [row] = await database.statement<{ readonly n: number }>(
    `SELECT count(*)::int AS n FROM journal.step WHERE kind = 'redrive'`,
    [],
  );
  return row?.n ?? -1;
}

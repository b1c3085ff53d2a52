/** The journal in a fault world: its processes, when it has indexed everything, and what its index holds. */
import { type ServiceProcess, until } from '@trunkline/installation';
import { createTopicAdmin } from '@trunkline/kafka';
import { type Findings, judge, type Judgement, type Mutation, type PromiseLedger } from '@trunkline/testkit';

import { forgetKilled } from './consumers.ts';
import type { FaultWorld } from './world.ts';

/** What a payment of the senders becomes. */
const topics = ['payments.payment.v1', 'ingress.delivery.v1'];
/** Small, so that a run has many transactions to break. */
const batchRecords = 50;
const indexedDeadlineMs = 120_000;

export interface JournalStart {
  readonly failpoints?: string;
  readonly mutation?: Mutation | undefined;
}

export async function startJournal(world: FaultWorld, start: JournalStart = {}): Promise<ServiceProcess> {
  return await world.start({
    name: 'journal',
    ...start,
    env: { ...forgetKilled, TRUNKLINE_BATCH_RECORDS: String(batchRecords) },
  });
}

/** Waits until the journal has committed the offsets of everything that stands on the topics of the senders. */
export async function untilIndexed(world: FaultWorld): Promise<void> {
  const admin = createTopicAdmin(world.kafka);
  try {
    await until(
      'the journal has indexed everything',
      async () => (await admin.groupLag('journal', topics)).every(({ lag }) => lag === 0n),
      { deadlineMs: indexedDeadlineMs, everyMs: 100 },
    );
  } finally {
    await admin.close();
  }
}

export interface Indexed {
  readonly judgement: Judgement;
  /** Rows that its counts do not agree with, a sentence each. */
  readonly broken: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

/** Holds the index against what was promised: a row for each event, and the counts of events and deliveries beside it. */
export async function judgeIndex(world: FaultWorld, ledger: PromiseLedger): Promise<Indexed> {
  const [counts] = await world.database.statement<Counts>(countsSql, []);
  const rows = await world.database.statement<{ readonly id: string }>(
    `SELECT 'evt_' || replace(event_id::text, '-', '') AS id FROM journal.event`,
    [],
  );
  const findings: Findings = { effects: rows.map(({ id }) => id), deadLetters: [], waiting: [] };
  const { counted, deliveries } = counts ?? { counted: -1, deliveries: -1 };
  return {
    judgement: judge(ledger.promised, findings),
    broken: [
      ...(counted === rows.length ? [] : [`${rows.length} rows and ${counted} counted`]),
      // A delivery that was sent again after its answer was lost is archived again, and its event repeated.
      ...(deliveries === rows.length ? [] : [`${rows.length} events of ${deliveries} counted deliveries`]),
    ],
    figures: { rows: rows.length, 'counted events': counted, 'counted deliveries': deliveries },
  };
}

interface Counts {
  readonly counted: number;
  readonly deliveries: number;
}

const countsSql = `
SELECT coalesce(sum(count) FILTER (WHERE kind = 'type'), 0)::int AS counted,
  coalesce(sum(count) FILTER (WHERE kind = 'verdict'), 0)::int AS deliveries FROM journal.rollup`;

/** Postgres refuses the journal and nobody else; its connections are cut. */
export async function shutOut(world: FaultWorld): Promise<void> {
  const role = `${world.installation.database}_journal`;
  await world.database.statement(`ALTER ROLE ${role} CONNECTION LIMIT 0`, []);
  await world.database.statement('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
}

export async function letIn(world: FaultWorld): Promise<void> {
  await world.database.statement(`ALTER ROLE ${world.installation.database}_journal CONNECTION LIMIT -1`, []);
}

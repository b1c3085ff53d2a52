import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { databaseUrlOf, type ServiceProcess, until } from '@trunkline/installation';
import { type IncomingRecord, readRecords } from '@trunkline/kafka';
import { addToOutbox, createDatabase, type Database, type OutboxRow, type Transaction } from '@trunkline/postgres';
import {
  type Answer,
  createLedger,
  createRandom,
  judge,
  type LoadReport,
  type PromiseLedger,
  sendLoad,
} from '@trunkline/testkit';

import type { FaultRow, RowReport, RowRun } from './row.ts';
import type { FaultWorld } from './world.ts';

const crashPoints = ['relay.before_publish', 'relay.after_publish', 'relay.before_commit'] as const;

const topic = 'notifications.request.v1';
/** Asked in one transaction, all of one key. */
const requestsAtOnce = 10;
/** Few enough that transactions meet at their locks. */
const keys = 24;
/** Every so many transactions one is rolled back: nobody may ever hear of what it asked. */
const rollBackEvery = 20;
const sendDeadlineMs = 600_000;
const crashDeadlineMs = 60_000;
const drainDeadlineMs = 120_000;

/** kill -9 of one of two relays at the three points between a waiting row and its deletion, while more is asked. */
export const killRelay: FaultRow = {
  id: 'F41',
  title: 'kill -9 of a relay at three crash points',
  services: [],
  full: { deliveries: 20_000, perSecond: 250, strikes: 50 },
  short: { deliveries: 1_000, perSecond: 200, strikes: 3 },
  safeguards: [
    {
      undoes: 'a row is deleted after the broker has acknowledged its record',
      file: 'packages/relay/src/turn.ts',
      find: `      failpoint('relay.before_publish');`,
      replace: `      await database.transaction([], (own) => removeFromOutbox(own, rows));
      failpoint('relay.before_publish');`,
    },
    {
      undoes: 'rows of one key are published in the order of their ids',
      file: 'packages/postgres/src/outbox/read-outbox.ts',
      find: 'ORDER BY o.id LIMIT ${maxRowsEach}',
      replace: 'ORDER BY o.record_id LIMIT ${maxRowsEach}',
    },
  ],
  run: async (run: RowRun): Promise<RowReport> => {
    const { world } = run;
    const asking = openAsking(world);
    try {
      const steady = await startRelay(run, '');
      const broken = new AbortController();
      const [load, kills] = await Promise.all([
        asking.ask(run, broken.signal),
        killRepeatedly(run, asking).catch((error: unknown) => {
          broken.abort();
          throw error;
        }),
      ]);
      const last = await startRelay(run, '');
      await until('the outbox is empty', async () => (await asking.waiting()) === 0, { deadlineMs: drainDeadlineMs });
      await Promise.all([steady.stop(), last.stop()]);
      const heard = listen(await readAll(world), asking);
      return {
        judgement: judge(asking.ledger.promised, { effects: heard.first, deadLetters: [], waiting: [] }),
        strikes: run.scale.strikes,
        broken: heard.broken,
        figures: {
          'transactions that asked': load.accepted,
          ...kills,
          'published again, recognised by their ids': heard.again,
          'out of order within their key': heard.outOfOrder,
        },
      };
    } finally {
      await asking.close();
    }
  },
};

/** Whoever asks: transactions that write to the outbox, and what they committed. */
interface Asking {
  readonly ledger: PromiseLedger;
  ask(run: RowRun, signal: AbortSignal): Promise<LoadReport>;
  /** One transaction more, so that there is something to crash on after the load, too. */
  askMore(): Promise<void>;
  waiting(): Promise<number>;
  close(): Promise<void>;
}

function openAsking({ installation, tenantId }: FaultWorld): Asking {
  const ledger = createLedger();
  const database = createDatabase({
    connectionString: databaseUrlOf(installation, 'tally'),
    schema: 'tally',
    applicationName: 'trunkline-faults-asking',
    maxConnections: 8,
    statementTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
  });
  let more = 0;
  return {
    ledger,
    async askMore() {
      more += 1;
      const { eventIds } = await askOnce(database, { n: more, tenantId });
      for (const id of eventIds) ledger.promise(id);
    },
    ask: ({ scale }, signal) =>
      sendLoad({
        post: (n) => askOnce(database, { n, tenantId }),
        deliveries: Math.ceil(scale.deliveries / requestsAtOnce / (1 - 1 / rollBackEvery)),
        perSecond: scale.perSecond / requestsAtOnce,
        maxOpen: 8,
        retryAfterMs: 250,
        deadlineMs: sendDeadlineMs,
        ledger,
        signal,
      }),
    async waiting() {
      const [row] = await database.statement<{ readonly n: number }>('SELECT count(*)::int AS n FROM tally.outbox', []);
      return row?.n ?? -1;
    },
    close: () => database.close({ deadlineMs: 5_000 }),
  };
}

/** Thrown inside of a transaction that is not to be. */
const rollBack = new Error('asked, and thought better of it');

/** What was committed comes back as the ids of an accepted delivery do. */
async function askOnce(
  database: Database,
  { n, tenantId }: { readonly n: number; readonly tenantId: string },
): Promise<Answer> {
  const key = `${tenantId}/person ${n % keys}`;
  const isRolledBack = n % rollBackEvery === 0;
  const asked = await database
    .transaction([tenantId], async (tx) => {
      const first = await lockKey(tx, { tenantId, key });
      const rows = Array.from({ length: requestsAtOnce }, (_, index) =>
        requestRow({ tenantId, key, place: first + index, isRolledBack }),
      );
      await addToOutbox(tx, rows);
      if (isRolledBack) throw rollBack;
      return rows.map(({ recordId }) => recordId);
    })
    .catch((thrown: unknown): readonly string[] => {
      if (isRolledBack) return [];
      throw thrown;
    });
  return { status: 200, deliveryId: undefined, eventIds: asked, retryAfterSeconds: undefined };
}

/** The lock comes before the ids of the rows are drawn; how many requests of the key come before these. */
async function lockKey(
  tx: Transaction,
  { tenantId, key }: { readonly tenantId: string; readonly key: string },
): Promise<number> {
  const [row] = await tx.query<{ readonly requests: number }>(
    `INSERT INTO tally.asked (tenant_id, key, requests) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id, key) DO UPDATE SET requests = asked.requests + $3 RETURNING requests`,
    [tenantId, key, requestsAtOnce],
  );
  return (row?.requests ?? 0) - requestsAtOnce;
}

function requestRow(asked: {
  readonly tenantId: string;
  readonly key: string;
  readonly place: number;
  readonly isRolledBack: boolean;
}): OutboxRow {
  const { tenantId, key, ...rest } = asked;
  const recordId = randomUUID();
  const value = Buffer.from(JSON.stringify({ recordId, ...rest }));
  return { recordId, tenantId, topic, key: Buffer.from(key), value, headers: { ce_id: recordId } };
}

async function startRelay({ world, mutation }: RowRun, failpoints: string): Promise<ServiceProcess> {
  return await world.start({
    name: 'tally',
    directory: join(import.meta.dirname, 'relay'),
    label: 'relay',
    failpoints,
    ...(mutation === undefined ? {} : { mutation }),
  });
}

/** Another relay runs all the time; each of these lives until it comes to its crash point. */
async function killRepeatedly(run: RowRun, asking: Asking): Promise<Readonly<Record<string, number>>> {
  const random = createRandom(run.seed);
  const byPoint: Record<string, number> = {};
  for (let kill = 0; kill < run.scale.strikes; kill += 1) {
    const point = crashPoints[kill % crashPoints.length] ?? crashPoints[0];
    const relay = await startRelay(run, `${point}=kill@${random.integer(1, 3)}`);
    const hasDied = async (): Promise<boolean> => {
      if (!relay.hasExited()) await asking.askMore();
      return relay.hasExited();
    };
    await until(`the relay dies at ${point}`, hasDied, { deadlineMs: crashDeadlineMs });
    const exit = await relay.exited;
    if (exit.signal !== 'SIGKILL')
      throw new Error(`the relay ended by itself (${exit.code ?? exit.signal}); its log: ${relay.logFile}`);
    byPoint[`killed at ${point}`] = (byPoint[`killed at ${point}`] ?? 0) + 1;
    run.onProgress(`${kill + 1} of ${run.scale.strikes} kills`);
  }
  return byPoint;
}

async function readAll(world: FaultWorld): Promise<readonly IncomingRecord[]> {
  const found: IncomingRecord[] = [];
  const signal = AbortSignal.timeout(drainDeadlineMs);
  for await (const record of readRecords(world.kafka, { topic, limit: 1_000_000, signal })) found.push(record);
  return found;
}

interface Heard {
  /** Each id once: what has an effect at a reader that knows what it has done. */
  readonly first: readonly string[];
  readonly again: number;
  readonly outOfOrder: number;
  readonly broken: readonly string[];
}

/** Reads the topic as a subscriber with an inbox does. */
function listen(records: readonly IncomingRecord[], { ledger }: Asking): Heard {
  const places = new Map<string, number>();
  const first = new Map<string, string>();
  let again = 0;
  let outOfOrder = 0;
  let changed = 0;
  let neverAsked = 0;
  for (const { key, value, headers } of records) {
    const id = headers['ce_id'] ?? '';
    const text = String(value);
    const known = first.get(id);
    if (known !== undefined) {
      again += 1;
      if (known !== text) changed += 1;
      continue;
    }
    first.set(id, text);
    const { place, isRolledBack } = JSON.parse(text) as { readonly place: number; readonly isRolledBack: boolean };
    if (isRolledBack || !ledger.promised.has(id)) neverAsked += 1;
    const before = places.get(String(key)) ?? -1;
    if (place !== before + 1) outOfOrder += 1;
    places.set(String(key), place);
  }
  return {
    first: [...first.keys()],
    again,
    outOfOrder,
    broken: [
      ...(outOfOrder === 0 ? [] : [`${outOfOrder} requests did not follow the one before them in their key`]),
      ...(changed === 0 ? [] : [`${changed} requests came again with another content`]),
      ...(neverAsked === 0 ? [] : [`${neverAsked} requests came of transactions that were rolled back`]),
    ],
  };
}

import { databaseUrlOf } from '@trunkline/installation';
import { createDatabase, type Database } from '@trunkline/postgres';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { median, ratios } from './statistics.ts';
import type { BenchWorld } from './world.ts';

const tenant = 'tnt_bench';
const pageTouches = 50;
/** A phone, two mail addresses and a number that was theirs before. */
const addresses = 4;
const touchesApartSeconds = 600;
const beganAt = '2020-01-01T00:00:00Z';

interface Customer {
  readonly personId: string;
  readonly touches: number;
}
const customers = {
  usual: { personId: '00000000-0000-4000-8000-000000000001', touches: 10_000 },
  busy: { personId: '00000000-0000-4000-8000-000000000002', touches: 100_000 },
} as const satisfies Record<string, Customer>;

/** Whether the history of a person is read page by page at a cost that does not grow with it. */
export const timeline: Benchmark = {
  name: 'timeline',
  title: 'A page of the timeline',
  question:
    `Milliseconds for a page of ${pageTouches} touches, anywhere in the history of a person with ${addresses} addresses (crm.timeline, as the service's role): ` +
    `of one with ${customers.busy.touches.toLocaleString('en-US')} touches against one with ${customers.usual.touches.toLocaleString('en-US')}, page by page in turns.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const database = await prepare(await run.world());
    const found = { usual: [] as number[], busy: [] as number[] };
    // The first round is for the caches.
    for (let round = 0; round <= run.rounds; round += 1) {
      const pages = await readPages(database, run);
      if (round === 0) continue;
      found.usual.push(median(pages.usual));
      found.busy.push(median(pages.busy));
      run.onProgress(`round ${round} of ${run.rounds}: ${pages.busy.length} pages of each`);
    }
    return {
      figures: [
        {
          label: `page of ${customers.busy.touches.toLocaleString('en-US')} touches`,
          unit: 'ms',
          perRound: found.busy,
        },
        {
          label: `page of ${customers.usual.touches.toLocaleString('en-US')} touches`,
          unit: 'ms',
          perRound: found.usual,
        },
        { label: 'busy / usual', unit: '×', perRound: ratios(found.busy, found.usual) },
      ],
      bars: [{ figure: 'busy / usual', is: 'at most', first: 1.3 }],
      notes: ['Of a round the median page counts. A page includes the way to Postgres and back, which both have.'],
    };
  },
};

async function prepare(world: BenchWorld): Promise<Database> {
  const { installation } = world;
  await fill(world.database);
  const database = createDatabase({
    connectionString: databaseUrlOf(installation, 'crm'),
    schema: 'crm',
    applicationName: 'trunkline-bench',
    maxConnections: 1,
    statementTimeoutMs: 60_000,
    connectTimeoutMs: 10_000,
  });
  world.endWith(() => database.close({ deadlineMs: 5_000 }));
  return database;
}

async function fill(database: Database): Promise<void> {
  const statements = Object.values(customers).flatMap(({ personId, touches }) =>
    [personSql, addressSql, touchSql, touchAddressSql].map((text) => ({ text, personId, touches })),
  );
  for (const { text, personId, touches } of statements)
    await database.transaction([], (tx) => tx.query(filled(text, { personId, touches })));
  await database.statement('VACUUM ANALYZE crm.touch, crm.touch_address, crm.contact_address, crm.contact_person', []);
}

function filled(text: string, { personId, touches }: Customer): string {
  return text
    .replaceAll(':tenant', `'${tenant}'`)
    .replaceAll(':person', `'${personId}'`)
    .replaceAll(':touches', String(touches))
    .replaceAll(':addresses', String(addresses))
    .replaceAll(':began', `'${beganAt}'::timestamptz`)
    .replaceAll(':apart', `${touchesApartSeconds} * interval '1 second'`);
}

const digestOf = (what: string): string => `sha256(convert_to(:person || ${what}, 'UTF8'))`;

const personSql = `
WITH person AS (INSERT INTO crm.person (tenant_id, person_id) VALUES (:tenant, :person))
INSERT INTO crm.contact_person (tenant_id, provider, account, kind, entity_id, person_id, reference)
VALUES (:tenant, 'hubspot', 'portal', 'contact', :person, :person, ${digestOf(`'contact'`)})`;

const addressSql = `
INSERT INTO crm.contact_address (tenant_id, provider, account, kind, entity_id, digest, since, is_held)
SELECT :tenant, 'hubspot', 'portal', 'contact', :person, ${digestOf('n')}, now(), true
FROM generate_series(0, :addresses - 1) AS n`;

const touchSql = `
INSERT INTO crm.touch (tenant_id, provider, account, kind, entity_id, what, happened_at, status)
SELECT :tenant, 'twilio', 'AC0', 'call', :person || n, 'call', :began + n * :apart, 'completed'
FROM generate_series(1, :touches) AS n`;

const touchAddressSql = `
INSERT INTO crm.touch_address (tenant_id, digest, happened_at, provider, account, kind, entity_id)
SELECT :tenant, ${digestOf('(n % :addresses)')}, :began + n * :apart, 'twilio', 'AC0', 'call', :person || n
FROM generate_series(1, :touches) AS n`;

async function readPages(database: Database, run: BenchRun): Promise<Record<keyof typeof customers, number[]>> {
  const tookMs = { usual: [] as number[], busy: [] as number[] };
  const endsAtMs = performance.now() + run.seconds * 2 * 1_000;
  for (let turn = 0; performance.now() < endsAtMs; turn += 1) {
    run.signal.throwIfAborted();
    // Neither is always the second one.
    for (const name of turn % 2 === 0 ? (['usual', 'busy'] as const) : (['busy', 'usual'] as const))
      tookMs[name].push(await timedPage(database, customers[name]));
  }
  return tookMs;
}

/** A page that begins anywhere but near the end, which would be a short one. */
async function timedPage(database: Database, { personId, touches }: Customer): Promise<number> {
  const newest = pageTouches + Math.ceil(Math.random() * (touches - pageTouches));
  const before = new Date(Date.parse(beganAt) + (newest + 1) * touchesApartSeconds * 1_000);
  const startedAtMs = performance.now();
  const rows = await database.transaction([tenant], (tx) => tx.query(pageSql, [tenant, personId, before, pageTouches]));
  const tookMs = performance.now() - startedAtMs;
  if (rows.length !== pageTouches) throw new Error(`a page of ${rows.length} touches`);
  return tookMs;
}

const pageSql = `SELECT * FROM crm.timeline($1, $2::uuid, $3::timestamptz, ARRAY['', '', '', ''], $4)`;

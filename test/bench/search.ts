import { createJournalWriter, type EventFilter, searchEvents, type TenantScope } from '@trunkline/journal';
import { eventRow } from '@trunkline/journal/testing';
import type { Database } from '@trunkline/postgres';

import type { Benchmark, BenchReport, BenchRun, Figure } from './benchmark.ts';
import { openDatabase } from './open-database.ts';

/** `--seconds 20` is the million that the bar is about. */
const eventsPerSecond = 50_000;
const smallEvents = 10_000;
const tenants = 50;
const types = 20;
const days = 6;
const dayMs = 86_400_000;
const hourMs = 3_600_000;
const batchRows = 2_000;
/** Of each search in a round; the round's figure is the slowest but for one in twenty. */
const runs = 20;
const pageRows = 50;

/** Every kind of search over an index of many events, for one tenant and for all. */
export const search: Benchmark = {
  name: 'search',
  title: 'Searching',
  question:
    `Milliseconds until a search over an index of ${eventsPerSecond.toLocaleString('en')} events for each of --seconds has its first page of ${pageRows}, with row security on: ` +
    `${tenants} tenants, ${types} types, ${days} days, the p95 of ${runs} searches; and by an id against an index of ${smallEvents.toLocaleString('en')} events.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const database = openDatabase(world, 'journal');
    const nowMs = Date.now();
    await index(database, { from: 0, to: smallEvents, nowMs, run });
    const small = await slowestMs(database, byId(nowMs, smallEvents));
    const events = eventsPerSecond * run.seconds;
    await index(database, { from: smallEvents, to: events, nowMs, run });
    const found = new Map<string, number[]>();
    const ratios: number[] = [];
    for (let round = 1; round <= run.rounds; round += 1) {
      for (const question of questions(nowMs, events)) {
        run.signal.throwIfAborted();
        const ms = await slowestMs(database, question);
        found.set(question.label, [...(found.get(question.label) ?? []), ms]);
        if (question.label === idOfAll) ratios.push(ms / small);
      }
      run.onProgress(
        `round ${round}: the slowest ${Math.round(Math.max(...[...found.values()].map((all) => all.at(-1) ?? 0)))} ms`,
      );
    }
    return reportOf(found, ratios, events);
  },
};

const idOfAll = 'an event id, all tenants';

interface Question {
  readonly label: string;
  readonly scope: TenantScope;
  readonly filter: (n: number) => EventFilter;
}

function byId(nowMs: number, events: number): Question {
  return {
    label: idOfAll,
    scope: 'all',
    filter: (n) => ({
      ...everything(nowMs),
      id: { kind: 'event', hex: rowOf(someOf(events, n), nowMs, events).eventId.slice(4) },
    }),
  };
}

function questions(nowMs: number, events: number): readonly Question[] {
  const range = everything(nowMs);
  const row = (n: number): ReturnType<typeof eventRow> => rowOf(someOf(events, n), nowMs, events);
  return [
    byId(nowMs, events),
    { ...byId(nowMs, events), label: 'an event id, one tenant', scope: [tenantOf(0)] },
    {
      label: "a provider's id",
      scope: 'all',
      filter: (n) => ({ ...range, id: { kind: 'provider', text: row(n).providerEventId ?? '' } }),
    },
    {
      label: 'a delivery',
      scope: 'all',
      filter: (n) => ({ ...range, id: { kind: 'delivery', hex: row(n).deliveryId.slice(4) } }),
    },
    { label: 'the newest of all', scope: 'all', filter: () => range },
    { label: 'the newest of one tenant', scope: [tenantOf(3)], filter: () => range },
    { label: 'a type and a tenant', scope: [tenantOf(7)], filter: (n) => ({ ...range, type: typeOf(n) }) },
    {
      label: 'a type that one event in 5,000 has, 31 days',
      scope: 'all',
      filter: () => ({ ...range, type: rareType, sinceMs: nowMs - 31 * dayMs + hourMs }),
    },
    {
      label: 'a type that none has, 31 days',
      scope: 'all',
      filter: () => ({ ...range, type: 'payments.payment.unheard_of', sinceMs: nowMs - 31 * dayMs + hourMs }),
    },
    {
      label: 'words that match nothing, a day',
      scope: 'all',
      filter: () => ({ ...range, words: ['nothing like it'], sinceMs: nowMs - dayMs }),
    },
  ];
}

function everything(nowMs: number): EventFilter {
  return { sinceMs: nowMs - 7 * dayMs, untilMs: nowMs + hourMs };
}

/** Spread over the whole index. */
function someOf(events: number, n: number): number {
  return Math.floor((events / runs) * n) % events;
}

const rareType = 'payments.payment.rare';
const tenantOf = (n: number): string => `tnt_${n % tenants}`;
const typeOf = (n: number): string => `payments.payment.type_${n % types}`;

/** In the order of time, the newest now. */
function rowOf(n: number, nowMs: number, events: number): ReturnType<typeof eventRow> {
  return eventRow({
    offset: BigInt(n),
    appendedAtMs: Math.floor(nowMs - days * dayMs + (n / events) * days * dayMs),
    tenantId: tenantOf(n),
    source: `src_${n % tenants}`,
    type: n % 5_000 === 17 ? rareType : typeOf(Math.floor(n / tenants)),
  });
}

async function index(
  database: Database,
  {
    from,
    to,
    nowMs,
    run,
  }: { readonly from: number; readonly to: number; readonly nowMs: number; readonly run: BenchRun },
): Promise<void> {
  const writer = createJournalWriter(database, Date.now);
  for (let begin = from; begin < to; begin += batchRows) {
    run.signal.throwIfAborted();
    const count = Math.min(batchRows, to - begin);
    await writer.write(Array.from({ length: count }, (_, index) => rowOf(begin + index, nowMs, to)));
  }
  await database.statement('SELECT journal.summarise()', []);
}

/** The p95 of its runs; the first of them, which finds nothing in the caches, is one of them. */
async function slowestMs(database: Database, { scope, filter }: Question): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < runs; n += 1) {
    const startedAt = performance.now();
    await searchEvents(database, { scope, filter: filter(n), limit: pageRows });
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[Math.ceil(runs * 0.95) - 1] ?? Number.NaN;
}

/** The bar: no search takes longer. */
const mostMs = 1_000;
/** Of a search by an id, whose filters are a hundred times as many. */
const mostGrowth = 2;

function reportOf(
  found: ReadonlyMap<string, readonly number[]>,
  ratios: readonly number[],
  events: number,
): BenchReport {
  const figures: readonly Figure[] = [...found].map(([label, perRound]) => ({ label, unit: 'ms', perRound }));
  const growth = `an id among ${events.toLocaleString('en')} events / among ${smallEvents.toLocaleString('en')}`;
  return {
    figures: [...figures, { label: growth, unit: '×', perRound: ratios }],
    bars: [
      ...figures.map(({ label }) => ({ figure: label, is: 'at most' as const, first: mostMs })),
      { figure: growth, is: 'at most', first: mostGrowth },
    ],
    notes: [
      `${events.toLocaleString('en')} events; the bar is about a million, which is --seconds ${1_000_000 / eventsPerSecond}.`,
    ],
  };
}

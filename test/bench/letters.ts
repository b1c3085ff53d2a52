import { eventIdOfUuid } from '@trunkline/core';
import { letterId } from '@trunkline/events';
import { countLetters, createJournalWriter, type LetterGroup, listLetters, type StepRow } from '@trunkline/journal';
import { stepRow } from '@trunkline/journal/testing';
import type { Database } from '@trunkline/postgres';

import type { Benchmark, BenchReport, BenchRun } from './benchmark.ts';
import { openDatabase } from './open-database.ts';
import type { BenchWorld } from './world.ts';

/** `--seconds 5` is the hundred thousand that the bar is about. */
const lettersPerSecond = 20_000;
const tenants = 50;
const codes = 8;
const causes = 40;
const batchRows = 2_000;
const pageRows = 50;
const group: LetterGroup = { name: 'payments', schema: 'payments' };

/** What an operator waits for who asks what died, of many dead letters. */
export const letters: Benchmark = {
  name: 'letters',
  title: 'Dead letters',
  question:
    `Milliseconds for the histogram of ${lettersPerSecond.toLocaleString('en')} dead letters of a group for each of --seconds (trunkline dlq stats), for the first page of ` +
    `${pageRows} of them and of one tenant: ${tenants} tenants, ${causes} causes, one letter in ten applied since, as the operator who may read every schema.`,
  run: async (run: BenchRun): Promise<BenchReport> => {
    const world = await run.world();
    const database = openDatabase(world, 'journal');
    const count = lettersPerSecond * run.seconds;
    await bury(world, database, { count, run });
    const found: Found = { histogram: [], page: [], tenantPage: [] };
    // The first round is for the caches.
    for (let round = 0; round <= run.rounds; round += 1) {
      run.signal.throwIfAborted();
      const histogram = await timed(() => countLetters(world.database, { group, scope: 'all' }));
      const page = await timed(() => listLetters(world.database, { group, scope: 'all', filter: {}, limit: pageRows }));
      const filter = { tenant: tenantOf(3) };
      const tenantPage = await timed(() =>
        listLetters(world.database, { group, scope: [tenantOf(3)], filter, limit: pageRows }),
      );
      if (round === 0) continue;
      found.histogram.push(histogram);
      found.page.push(page);
      found.tenantPage.push(tenantPage);
      run.onProgress(`round ${round}: histogram ${Math.round(histogram)} ms`);
    }
    return reportOf(found, count);
  },
};

interface Found {
  readonly histogram: number[];
  readonly page: number[];
  readonly tenantPage: number[];
}

const tenantOf = (n: number): string => `tnt_${n % tenants}`;

/** In the order of time, the newest now. */
function letterRow(n: number, nowMs: number, count: number): StepRow {
  const recordId = eventIdOfUuid(`00000000-0000-5000-8000-${String(n).padStart(12, '0')}`);
  const row = stepRow({
    offset: BigInt(n),
    recordId,
    letterId: letterId({ group: group.name, recordId }),
    tenantId: tenantOf(n),
    code: `code_${n % codes}`,
    exceptionClass: `Failure${n % causes}`,
    recordKey: `${tenantOf(n)}:stripe:acct_1:payment_intent:pi_${n}`,
  });
  return { ...row, place: { ...row.place, appendedAtMs: nowMs - count + n } };
}

async function bury(
  { database: admin }: BenchWorld,
  database: Database,
  { count, run }: { readonly count: number; readonly run: BenchRun },
): Promise<void> {
  const writer = createJournalWriter(database, Date.now);
  const nowMs = Date.now();
  for (let begin = 0; begin < count; begin += batchRows) {
    run.signal.throwIfAborted();
    const length = Math.min(batchRows, count - begin);
    await writer.write(Array.from({ length }, (_, index) => letterRow(begin + index, nowMs, count)));
  }
  await admin.statement(appliedSql, []);
  await admin.statement('ANALYZE journal.letter, payments.inbox', []);
}

/** As after a redrive of some: what is open has to be told from it. */
const appliedSql = `
INSERT INTO payments.inbox (event_id, tenant_id, outcome, original_topic, original_partition, original_offset, via, attempt, redrive_count)
SELECT event_id, tenant_id, 'applied', 'payments.payment.v1', orig_part, orig_off, 'redrive', 1, 1
FROM journal.letter WHERE orig_off % 10 = 0`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function reportOf({ histogram, page, tenantPage }: Found, count: number): BenchReport {
  const label = `histogram of ${count.toLocaleString('en')} letters`;
  return {
    figures: [
      { label, unit: 'ms', perRound: histogram },
      { label: 'first page, all tenants', unit: 'ms', perRound: page },
      { label: 'first page, one tenant', unit: 'ms', perRound: tenantPage },
    ],
    bars: [
      { figure: label, is: 'at most', first: 2_000 },
      { figure: 'first page, all tenants', is: 'at most', first: 1_000 },
      { figure: 'first page, one tenant', is: 'at most', first: 1_000 },
    ],
    notes: [`The bar is about 100,000 letters, which is --seconds ${100_000 / lettersPerSecond}.`],
  };
}

import { failpoint } from '@trunkline/core';
import { BinaryCopyRows, type Database, nameAllTenantsSql } from '@trunkline/postgres';

import { gatherLetters } from '../letters/gather.ts';
import { journalLimits } from '../limits.ts';
import type { JournalRow } from '../rows.ts';
import { createDays, dayNumberOf, dayText, partitionSuffix } from './days.ts';
import { noteEventsLeftOut } from './events-left-out.ts';
import { createNames, type Names } from './names.ts';
import { takeUnindexed } from './positions.ts';
import { rollupColumns, Rollups } from './rollups.ts';
import { columnCount, layoutOf, type TableName, tables, tellNames } from './tables.ts';

export interface JournalWriter {
  /**
   * Writes what was made of some records, each record once whoever writes it and how often: rows, counts and positions
   * in one transaction. The rows of a partition come in the order of their offsets. Rejects as `Database` does; after
   * `dependency_unavailable` the same rows may be written again.
   */
  write(rows: readonly JournalRow[], signal?: AbortSignal): Promise<Written>;
}

export interface Written {
  readonly rows: number;
  /** Indexed before, by somebody. */
  readonly dropped: number;
  /** Older than their table keeps. */
  readonly expired: number;
}

type StoredRow = Exclude<JournalRow, { readonly table: 'unreadable' }>;

const dayMs = 86_400_000;
const noteGapEveryMs = 60_000;

/** Which events and deliveries have rows. Of `failures` they are counted only; deliveries that were not understood have rows. */
export type IndexedEvents = 'all' | 'failures';

export function createJournalWriter(
  database: Database,
  clock: () => number,
  { events = 'all' }: { readonly events?: IndexedEvents } = {},
): JournalWriter {
  const names = createNames(database);
  const days = createDays(database);
  const hasRow = events === 'all' ? isNamedByNoOther : isFailure;
  let gapNotedAtMs = -Infinity;

  return {
    async write(rows, signal) {
      if (rows.length === 0) return { rows: 0, dropped: 0, expired: 0 };
      const nowMs = clock();
      await names.ensure((tell) => {
        for (const row of rows) tellNames(row, tell);
      }, signal);
      await days.ensure(daysOf(rows, nowMs), signal);
      const written = await database.transaction(
        [],
        async (tx) => {
          const taken = await takeUnindexed(tx, rows, names);
          if (events === 'failures' && nowMs >= gapNotedAtMs + noteGapEveryMs) {
            await noteEventsLeftOut(tx, 2 * noteGapEveryMs);
            gapNotedAtMs = nowMs;
          }
          const rollups = new Rollups();
          const parts = new Parts();
          let count = 0;
          for (const row of taken.rows) {
            if (!isKept(row, nowMs)) continue;
            rollups.add(row);
            count += 1;
            if (hasRow(row)) parts.add(row, names);
          }
          for (const { table, day, rows: own } of parts.all()) {
            const target = `journal.${table}_${partitionSuffix(day)} (${tables[table].columns})`;
            await tx.copy(`COPY ${target} FROM STDIN (FORMAT binary)`, own.end());
          }
          for (const [day, own] of rollups.rowsByDay()) {
            const target = `journal.rollup_${partitionSuffix(day)} (${rollupColumns})`;
            await tx.copy(`COPY ${target} FROM STDIN (FORMAT binary)`, own.end());
          }
          const steps = taken.rows.filter((row) => row.table === 'step');
          if (steps.some(({ kind }) => kind !== 'retry')) {
            // Letters are of all tenants, and changed; what follows in this transaction sees them all.
            await tx.query(nameAllTenantsSql);
            await gatherLetters(tx, steps, names);
          }
          failpoint('journal.before_commit');
          return { rows: count, dropped: taken.dropped, expired: taken.rows.length - count };
        },
        { signal, deadlineMs: journalLimits.insertDeadlineMs },
      );
      failpoint('journal.after_commit');
      return written;
    },
  };
}

/** A delivery that became one event and nothing else is named by that event's row. */
function isNamedByNoOther(row: JournalRow): row is StoredRow {
  if (row.table === 'unreadable') return false;
  return !(row.table === 'delivery' && row.events === 1 && row.verdict === 'normalised' && row.handshake === undefined);
}

function isFailure(row: JournalRow): row is StoredRow {
  if (row.table === 'delivery') return row.verdict === 'unnormalised' || row.verdict === 'partial';
  return row.table === 'rejection' || row.table === 'step';
}

const keptDays: Readonly<Record<JournalRow['table'], number>> = {
  event: journalLimits.eventDays,
  delivery: journalLimits.eventDays,
  rejection: journalLimits.rejectionDays,
  step: journalLimits.stepDays,
  request: journalLimits.eventDays,
  unreadable: journalLimits.eventDays,
};

/** What is about to be dropped is not written: an index made anew reads topics from their beginning. */
function isKept({ table, place }: JournalRow, nowMs: number): boolean {
  return place.appendedAtMs >= nowMs - keptDays[table] * dayMs;
}

function daysOf(rows: readonly JournalRow[], nowMs: number): ReadonlySet<string> {
  const numbers = new Set<number>();
  let last: number | undefined;
  for (const row of rows) {
    const number = dayNumberOf(row.place.appendedAtMs);
    // Nearly all are of one day.
    if (number === last || !isKept(row, nowMs)) continue;
    numbers.add(number);
    last = number;
  }
  return new Set([...numbers].map(dayText));
}

interface Part {
  readonly table: TableName;
  /** Days since 1970. */
  readonly day: number;
  readonly rows: BinaryCopyRows;
}

/** The rows of a batch by table and day, as they are copied. */
class Parts {
  readonly #parts: Part[] = [];

  add(row: StoredRow, names: Names): void {
    const { rows } = this.#partOf(row);
    rows.beginRow();
    layoutOf(row).write(row, names, rows);
  }

  all(): readonly Part[] {
    return this.#parts;
  }

  #partOf({ table, place }: StoredRow): Part {
    const day = dayNumberOf(place.appendedAtMs);
    // Few: a table or two, of a day or two.
    const known = this.#parts.find((part) => part.table === table && part.day === day);
    if (known !== undefined) return known;
    const part = { table, day, rows: new BinaryCopyRows(columnCount(tables[table].columns)) };
    this.#parts.push(part);
    return part;
  }
}

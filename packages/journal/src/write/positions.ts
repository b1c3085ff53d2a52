import type { Transaction } from '@trunkline/postgres';

import type { JournalRow } from '../rows.ts';
import type { Names } from './names.ts';

/** One partition of a topic. */
interface Part {
  readonly topic: string;
  readonly partition: number;
}

/** Rows of a batch, and the offset behind the last of them in each partition. */
export interface Taken {
  readonly rows: readonly JournalRow[];
  readonly dropped: number;
}

/**
 * Locks how far the partitions of these rows are indexed until the transaction ends, drops the rows that somebody has
 * indexed already, and moves the positions behind the others. Whoever reads the same records (a member that lost the
 * partition meanwhile, a process that died before it could commit its offsets) waits for the lock and then drops them.
 */
export async function takeUnindexed(tx: Transaction, rows: readonly JournalRow[], names: Names): Promise<Taken> {
  const parts = partsOf(rows);
  const found = await tx.prepared<PositionRow>(takeSql, [
    parts.map(({ topic }) => names.idOf('topic', topic)),
    parts.map(({ partition }) => partition),
    parts.map(({ rows: own }) => String((own.at(-1)?.place.offset ?? 0n) + 1n)),
  ]);
  const before = new Map(found.map((row) => [`${row.topic} ${row.part}`, BigInt(row.next_off)]));
  const untaken = parts.flatMap(({ topic, partition, rows: own }) => {
    const next = before.get(`${names.idOf('topic', topic)} ${partition}`) ?? 0n;
    return own.filter(({ place }) => place.offset >= next);
  });
  return { rows: untaken, dropped: rows.length - untaken.length };
}

/** The rows of each partition, in the order of their offsets as they came. */
function partsOf(rows: readonly JournalRow[]): readonly (Part & { readonly rows: readonly JournalRow[] })[] {
  const parts: (Part & { readonly rows: JournalRow[] })[] = [];
  let part: (typeof parts)[number] | undefined;
  for (const row of rows) {
    const { topic, partition } = row.place;
    // A fetch has the records of a partition together, so this is asked of few rows.
    if (part?.partition !== partition || part.topic !== topic) {
      part = parts.find((each) => each.partition === partition && each.topic === topic);
      if (part === undefined) parts.push((part = { topic, partition, rows: [] }));
    }
    part.rows.push(row);
  }
  return parts;
}

interface PositionRow {
  readonly topic: number;
  readonly part: number;
  /** Before this transaction; null where it is the first. */
  readonly next_off: string;
}

/** Sorted: two members that hold the same partitions in a rebalance must not lock them in different orders. */
const takeSql = `
INSERT INTO journal.position AS position (topic, part, next_off)
SELECT topic, part, next_off FROM unnest($1::integer[], $2::integer[], $3::bigint[]) AS taken (topic, part, next_off)
ORDER BY topic, part
ON CONFLICT (topic, part) DO UPDATE SET next_off = greatest(position.next_off, excluded.next_off)
RETURNING topic, part, coalesce(old.next_off, 0)::text AS next_off`;

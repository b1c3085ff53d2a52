import type { Database } from '@trunkline/postgres';

import { journalLimits } from '../limits.ts';

export type NameKind = 'topic' | 'type' | 'source' | 'group' | 'code';

/** Names and their numbers in `journal.name`. Numbers never change, so what was found is kept. */
export interface Names {
  /** The number of a name that `ensure` was told of. */
  idOf(kind: NameKind, name: string): number;
  /** Finds or makes the numbers of the names that it is told, in a transaction of its own. */
  ensure(
    telling: (tell: (kind: NameKind, name: string | undefined) => void) => void,
    signal?: AbortSignal,
  ): Promise<void>;
}

/** What stands for a name that nobody of ours would give. */
const otherName = '(other)';

export function createNames(database: Database): Names {
  const known = new Map<NameKind, Map<string, number>>();
  let count = 0;

  function find(kind: NameKind, name: string): number | undefined {
    return known.get(kind)?.get(name);
  }

  function remember({ kind, name, id }: NameRow): void {
    const ofKind = known.get(kind) ?? new Map<string, number>();
    if (!ofKind.has(name)) count += 1;
    known.set(kind, ofKind.set(name, id));
  }

  /** A foreign writer may make up names without end: those beyond the limit share one. */
  function nameOf(kind: NameKind, name: string): string {
    const cut = cutName(name);
    return count >= journalLimits.namesKept && find(kind, cut) === undefined ? otherName : cut;
  }

  return {
    idOf(kind, name) {
      const id = find(kind, name) ?? find(kind, cutName(name)) ?? find(kind, otherName);
      if (id === undefined) throw new RangeError(`ensure was not told of the ${kind} ${name}`);
      return id;
    },
    async ensure(telling, signal) {
      const missing = new Map<string, readonly [NameKind, string]>();
      telling((kind, name) => {
        if (name === undefined || find(kind, name) !== undefined) return;
        const stored = nameOf(kind, name);
        if (find(kind, stored) === undefined) missing.set(`${kind} ${stored}`, [kind, stored]);
      });
      if (missing.size === 0) return;
      const pairs = [...missing.values()];
      const values = [pairs.map(([kind]) => kind), pairs.map(([, name]) => name)];
      const rows = await database.transaction(
        [],
        async (tx) => {
          await tx.query(insertSql, values);
          return tx.query<NameRow>(selectSql, values);
        },
        { signal, deadlineMs: journalLimits.insertDeadlineMs },
      );
      for (const row of rows) remember(row);
    },
  };
}

function cutName(name: string): string {
  return name.length > journalLimits.nameUnits || name.includes('\0')
    ? name.replaceAll('\0', '').slice(0, journalLimits.nameUnits).toWellFormed()
    : name;
}

interface NameRow {
  readonly kind: NameKind;
  readonly name: string;
  readonly id: number;
}

const pairsSql = 'unnest($1::text[], $2::text[]) AS wanted (kind, name)';

/** Only those that are missing: a number is drawn for a row that is in conflict, too. Sorted, so that two never wait for each other. */
const insertSql = `
INSERT INTO journal.name (kind, name)
SELECT kind, name FROM ${pairsSql} WHERE NOT EXISTS (
  SELECT FROM journal.name AS known WHERE known.kind = wanted.kind AND known.name = wanted.name)
ORDER BY kind, name ON CONFLICT (kind, name) DO NOTHING`;

const selectSql = `SELECT name.kind, name.name, name.id FROM journal.name JOIN ${pairsSql} USING (kind, name)`;

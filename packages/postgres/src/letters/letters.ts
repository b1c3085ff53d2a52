import { TrunklineError } from '@trunkline/core';

import { appendAuditOfEach } from '../audit/audit.ts';
import type { Database } from '../database.ts';
import { asNotMigrated, migrateFix } from '../not-migrated.ts';

/** What somebody decided about a dead letter; without a decision it is open until its event is applied. */
export interface LetterDecision {
  readonly state: 'open' | 'discarded';
  readonly reason: string;
  readonly actor: string;
  readonly decidedAtMs: number;
}

export interface NewDecision extends Omit<LetterDecision, 'decidedAtMs'> {
  readonly group: string;
  readonly letters: readonly { readonly id: string; readonly tenant: string | undefined }[];
}

/** Letters of one transaction, and ids of one question: nobody else's act is audited meanwhile. */
const mostAtOnce = 2_000;

/**
 * Puts letters aside or opens them again, each with an entry in the audit in the same transaction. Returns the ids of
 * those that were not so already; deciding the same again changes nothing. Rejects with `config_invalid` when the
 * database was not migrated.
 */
export async function decideLetters(database: Database, decision: NewDecision): Promise<readonly string[]> {
  const { group, state, reason, actor, letters } = decision;
  const changed: string[] = [];
  for (let from = 0; from < letters.length; from += mostAtOnce) {
    const portion = letters.slice(from, from + mostAtOnce);
    const ids = await migrated(
      database.transaction([], async (tx) => {
        const rows = await tx.query<{ readonly hex: string }>(decideSql, [
          portion.map(({ id }) => hexOf(id)),
          group,
          state,
          reason,
          actor,
        ]);
        const decided = new Set(rows.map(({ hex }) => `ltr_${hex}`));
        const action = state === 'discarded' ? 'dlq discard' : 'dlq reopen';
        await appendAuditOfEach(
          tx,
          { actor, action, note: reason, detail: { group } },
          portion.flatMap(({ id, tenant }) =>
            decided.has(id) ? [{ target: id, ...(tenant === undefined ? {} : { tenant }) }] : [],
          ),
        );
        return [...decided];
      }),
    );
    changed.push(...ids);
  }
  return changed;
}

/** The decisions there are about these letters. */
export async function readLetterDecisions(
  database: Database,
  letterIds: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, LetterDecision>> {
  const found = new Map<string, LetterDecision>();
  for (let from = 0; from < letterIds.length; from += mostAtOnce) {
    const portion = letterIds.slice(from, from + mostAtOnce).map(hexOf);
    const rows = await migrated(
      database.transaction([], (tx) => tx.query<DecisionRow>(readSql, [portion]), { signal }),
    );
    for (const { hex, state, reason, actor, decided_at_ms } of rows)
      found.set(`ltr_${hex}`, { state, reason, actor, decidedAtMs: Number(decided_at_ms) });
  }
  return found;
}

interface DecisionRow {
  readonly hex: string;
  readonly state: LetterDecision['state'];
  readonly reason: string;
  readonly actor: string;
  readonly decided_at_ms: string;
}

async function migrated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    throw asNotMigrated(thrown, `the database has no table of dead letters: ${migrateFix}`);
  }
}

/** Postgres reads a uuid without its dashes. */
function hexOf(id: string): string {
  const hex = /^ltr_([0-9a-f]{32})$/.exec(id)?.[1];
  if (hex === undefined) throw new TrunklineError('config_invalid', `${id} is no id of a dead letter`);
  return hex;
}

// A letter that nobody decided about is open already: opening it again is no decision.
const decideSql = `
INSERT INTO trunkline.dead_letter AS letter (letter_id, consumer_group, state, reason, actor)
SELECT DISTINCT id, $2, $3, $4, $5 FROM unnest($1::uuid[]) AS id
WHERE $3 = 'discarded' OR EXISTS (SELECT FROM trunkline.dead_letter WHERE letter_id = id)
ON CONFLICT (letter_id) DO UPDATE SET state = EXCLUDED.state, reason = EXCLUDED.reason, actor = EXCLUDED.actor,
  decided_at = now()
WHERE letter.state <> EXCLUDED.state
RETURNING replace(letter_id::text, '-', '') AS hex`;

const readSql = `
SELECT replace(letter_id::text, '-', '') AS hex, state, reason, actor,
  (extract(epoch FROM decided_at) * 1000)::bigint::text AS decided_at_ms
FROM trunkline.dead_letter WHERE letter_id = ANY ($1::uuid[])`;

import type { CauseId } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';

import { causeStateSql } from './cause-state.ts';
import { letterConditions } from './filter.ts';
import { letterLimits } from './limits.ts';
import type { LetterGroup } from './list.ts';
import { letterStateSql, letterTablesSql } from './state.ts';

/** A cause that letters of a group die of now, and that nobody has muted. */
export interface CauseNews {
  readonly cause: CauseId;
  readonly code: string | undefined;
  readonly class: string | undefined;
  /** Letters that nobody has dealt with. */
  readonly open: number;
  /** Of these, letters that died for the first time within the last hour. */
  readonly ofLastHour: number;
  readonly firstDiedAtMs: number;
  /** Known for an hour, and of the last one are `letterLimits.growth`. */
  readonly grows: boolean;
}

/**
 * The causes of a group that operators are to know, the eldest first, in a transaction that sees all tenants. One stays
 * among them as long as a letter of it is open or on its way, and for an hour behind its last death: what is sent back and
 * dies again is no news. What is muted or fixed is not among them, until what was fixed is back. Letters of alerts never
 * are: what cannot be told would be told again.
 */
export async function readCauseNews(
  tx: Transaction,
  { group, limit }: { readonly group: LetterGroup; readonly limit: number },
): Promise<readonly CauseNews[]> {
  const conditions = letterConditions(group.name, {});
  const rows = await tx.query<NewsRow>(
    `WITH judged AS (
       SELECT letter.cause, letter.class, code.name AS code, letter.first_died_at, letter.died_at, ${letterStateSql} AS state
       FROM ${letterTablesSql(group.schema)}
       WHERE ${conditions.sql} AND NOT (letter.is_request AND EXISTS (
         SELECT FROM journal.request WHERE request.request_id = letter.event_id AND request.is_alert))
     ), counted AS (
       -- Of one cause every letter has the same of both: its id is made of them.
       SELECT cause, min(code) AS code, min(class) AS class,
         (count(*) FILTER (WHERE state = 'open'))::int AS open,
         (count(*) FILTER (WHERE state = 'open' AND first_died_at > now() - interval '1 hour'))::int AS recent,
         min(first_died_at) AS first_at, max(died_at) AS last_at
       FROM judged GROUP BY cause
       HAVING bool_or(state IN ('open', 'queued', 'sent')) OR max(died_at) > now() - interval '1 hour'
     )
     SELECT replace(counted.cause::text, '-', '') AS cause, code, class, open, recent,
       (extract(epoch FROM first_at) * 1000)::bigint::text AS first_ms,
       first_at < now() - interval '1 hour' AND recent >= ${letterLimits.growth} AS grows
     FROM counted
     LEFT JOIN journal.cause decided ON decided.cause = counted.cause AND decided.consumer_group = ${conditions.name(group.name)}
     WHERE ${causeStateSql('last_at')} IN ('open', 'back') ORDER BY first_at, counted.cause LIMIT ${conditions.name(limit)}`,
    conditions.values,
  );
  return rows.map(({ cause, code, recent, first_ms, ...row }) => ({
    ...row,
    cause: `cau_${cause}`,
    code: code ?? undefined,
    class: row.class ?? undefined,
    ofLastHour: recent,
    firstDiedAtMs: Number(first_ms),
  }));
}

interface NewsRow {
  readonly cause: string;
  readonly code: string | null;
  readonly class: string | null;
  readonly open: number;
  readonly recent: number;
  readonly first_ms: string;
  readonly grows: boolean;
}

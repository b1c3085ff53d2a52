import { type EventId, eventIdOfUuid, uuidOf } from '@trunkline/core';
import { type Database, identifier, type Transaction } from '@trunkline/postgres';

import type { LetterGroup } from '../letters/list.ts';
import { journalLimits } from '../limits.ts';
import { withTenants } from '../scope.ts';

/** What a group was to do with the events of some time. */
export interface UnaccountedQuestion {
  readonly group: LetterGroup;
  /** Those that its handlers want. */
  readonly types: readonly string[];
  /** Of each partition of its topics what its group has committed: below it, it has passed everything. Read before this is asked. */
  readonly committed: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[];
  /** Appended since and before, epoch milliseconds. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** An event that a group has passed and that is nowhere. */
export interface Unaccounted {
  readonly eventId: EventId;
  readonly place: { readonly topic: string; readonly partition: number; readonly offset: bigint };
}

/**
 * The events of the index that a group has passed, of which its inbox knows nothing, that have no copy on a topic of
 * failures and that wait behind no failing key: at most `unaccountedShown`. Asks the index alone, so it is told of events
 * that the journal has indexed, and needs the copies of the same time to be indexed, too.
 */
export async function findUnaccounted(
  database: Database,
  question: UnaccountedQuestion,
): Promise<readonly Unaccounted[]> {
  const { group, types, committed, sinceMs, untilMs, signal } = question;
  if (committed.length === 0 || types.length === 0) return [];
  const values = [
    committed.map(({ topic }) => topic),
    committed.map(({ partition }) => partition),
    committed.map(({ offset }) => String(offset)),
    types,
    new Date(sinceMs).toISOString(),
    new Date(untilMs).toISOString(),
    group.name,
  ];
  const passed = await withTenants(database, 'all', (tx) => tx.query<PassedRow>(passedSql(group.schema), values), {
    signal,
  });
  if (passed.length === 0) return [];
  const tenants = [...new Set(passed.map(({ tenant_id }) => tenant_id))];
  const parked = await withTenants(database, tenants, (tx) => readParked(tx, group, passed), { signal });
  return passed.flatMap(({ event_id, topic, part, off }) => {
    const eventId = eventIdOfUuid(event_id);
    return parked.has(uuidOf(eventId)) ? [] : [{ eventId, place: { topic, partition: part, offset: BigInt(off) } }];
  });
}

/** Under the policy of their tenants: what waits there has payloads, of which the journal may see none. */
async function readParked(
  tx: Transaction,
  { schema }: LetterGroup,
  passed: readonly PassedRow[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ readonly uuid: string }>(
    `SELECT event_id::text AS uuid FROM ${identifier(schema)}.parked WHERE event_id = ANY ($1::uuid[])`,
    [passed.map(({ event_id }) => event_id)],
  );
  return new Set(rows.map(({ uuid }) => uuidOf(eventIdOfUuid(uuid))));
}

interface PassedRow {
  readonly event_id: string;
  readonly tenant_id: string;
  readonly topic: string;
  readonly part: number;
  readonly off: string;
}

function passedSql(schema: string): string {
  return `
WITH committed AS (
  SELECT name.id AS topic, name.name, given.part, given.next_off
  FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS given (topic, part, next_off)
  JOIN journal.name ON name.kind = 'topic' AND name.name = given.topic
)
SELECT e.event_id::text, e.tenant_id, committed.name AS topic, e.part, e.off::text
FROM journal.event e JOIN committed ON committed.topic = e.topic AND committed.part = e.part AND e.off < committed.next_off
WHERE e.appended_at >= $5::timestamptz AND e.appended_at < $6::timestamptz
  AND e.type IN (SELECT id FROM journal.name WHERE kind = 'type' AND name = ANY ($4::text[]))
  AND NOT EXISTS (SELECT FROM ${identifier(schema)}.inbox done WHERE done.event_id = e.event_id)
  AND NOT EXISTS (SELECT FROM journal.step copy WHERE copy.event_id = e.event_id
    AND copy.grp = (SELECT id FROM journal.name WHERE kind = 'group' AND name = $7))
LIMIT ${journalLimits.unaccountedShown}`;
}

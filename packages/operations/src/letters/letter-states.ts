import { classify } from '@trunkline/core';
import { headerName } from '@trunkline/events';
import { type InboxRow, type LetterDecision, readInboxRows, readLetterDecisions } from '@trunkline/postgres';

import type { OperatorAccess } from '../access.ts';
import type { GroupPlan } from '../groups.ts';
import { type DeadLetter, type DeadLetterState, type LetterCopies, originalPlaceOf } from './letter.ts';
import { countOf, timeOf } from './redrive-headers.ts';

export interface LettersJudged {
  readonly letters: readonly DeadLetter[];
  /** Why nobody knows which of them are open. */
  readonly gap: string | undefined;
}

/** What the database knows of letters: which are done since, and which somebody put aside. Never rejects for it. */
export async function judgeLetters(
  copies: readonly LetterCopies[],
  group: GroupPlan,
  access: Pick<OperatorAccess, 'withDatabase' | 'signal'>,
): Promise<LettersJudged> {
  if (copies.length === 0) return { letters: [], gap: undefined };
  const gap = (reason: string): LettersJudged => ({
    letters: copies.map((letter) => letterOf(letter, 'unknown', undefined)),
    gap: `which dead letters of ${group.name} are open is not known: ${reason}`,
  });
  try {
    const eventIds = copies.flatMap(({ eventId }) => (eventId === undefined ? [] : [eventId]));
    const ids = copies.map(({ id }) => id);
    const { rows, decisions } = await access.withDatabase(group.schema, async (database) => ({
      rows:
        eventIds.length === 0 ? new Map<string, InboxRow>() : await readInboxRows(database, eventIds, access.signal),
      decisions: await readLetterDecisions(database, ids, access.signal),
    }));
    return {
      letters: copies.map((letter) => {
        const row = letter.eventId === undefined ? undefined : rows.get(letter.eventId);
        const decision = decisions.get(letter.id);
        return letterOf(letter, stateOf(letter, row, decision), decision);
      }),
      gap: undefined,
    };
  } catch (thrown) {
    access.signal.throwIfAborted();
    return gap(classify(thrown).message);
  }
}

/** Codes of records whose content nobody has read: that they carry the id of an event which was applied says nothing. */
const unread: ReadonlySet<string> = new Set(['decode_failed', 'schema_unknown']);

/** What became of a letter. An effect counts before a decision: what was put aside and then applied is applied. */
export function stateOf(
  letter: LetterCopies,
  row: Pick<InboxRow, 'outcome' | 'originalTopic' | 'originalPartition' | 'originalOffset'> | undefined,
  decision: Pick<LetterDecision, 'state'> | undefined,
): DeadLetterState {
  if (row !== undefined && isOfThis(letter, row)) return row.outcome === 'stale' ? 'stale' : 'applied';
  return decision?.state === 'discarded' ? 'discarded' : 'open';
}

function isOfThis(
  { latest }: LetterCopies,
  row: Pick<InboxRow, 'originalTopic' | 'originalPartition' | 'originalOffset'>,
): boolean {
  if (!unread.has(latest.headers[headerName.exceptionCode] ?? '')) return true;
  const { topic, partition, offset } = originalPlaceOf(latest);
  return topic === row.originalTopic && partition === row.originalPartition && offset === row.originalOffset;
}

function letterOf(copies: LetterCopies, state: DeadLetterState, decision: LetterDecision | undefined): DeadLetter {
  const { headers } = copies.latest;
  return {
    ...copies,
    state,
    decision,
    firstFailureAtMs: timeOf(headers[headerName.firstFailureAt]),
    firstAppendMs: timeOf(headers[headerName.originalTimestamp]),
    redriveCount: countOf(headers[headerName.redriveCount]),
  };
}

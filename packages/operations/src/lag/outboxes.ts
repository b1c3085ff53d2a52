import { classify } from '@trunkline/core';
import { measureOutbox } from '@trunkline/postgres';

import type { OperatorAccess } from '../access.ts';
import type { GroupPlan } from '../groups.ts';
import { formatAge } from '../units.ts';

/** What a group has asked for and its relay has not published yet. */
export interface OutboxBacklog {
  readonly group: string;
  /** Counted up to a limit only. */
  readonly waiting: number;
  /** Undefined when none waits. */
  readonly oldestAgeMs: number | undefined;
}

export interface OutboxesRead {
  readonly outboxes: readonly OutboxBacklog[];
  /** What could not be looked at, a sentence each. */
  readonly gaps: readonly string[];
}

/** A full outbox has a million rows: counted so far, it is still an answer of a second. */
const countedUpTo = 1_000_000;

/** The outboxes of the groups, the empty ones too. */
export async function readOutboxes(
  groups: readonly Pick<GroupPlan, 'name' | 'schema'>[],
  access: Pick<OperatorAccess, 'withDatabase' | 'signal'>,
): Promise<OutboxesRead> {
  const outboxes: OutboxBacklog[] = [];
  const gaps: string[] = [];
  for (const { name, schema } of groups) {
    try {
      const { rows, oldestSeconds } = await access.withDatabase(schema, (database) =>
        measureOutbox(database, { maxRows: countedUpTo, signal: access.signal }),
      );
      outboxes.push({ group: name, waiting: rows, oldestAgeMs: rows === 0 ? undefined : oldestSeconds * 1_000 });
    } catch (thrown) {
      access.signal.throwIfAborted();
      // The others would say the same: one reason for all is enough.
      gaps.push(`outboxes are not known: ${classify(thrown).message}`);
      break;
    }
  }
  return { outboxes, gaps };
}

/** `payments: 12 records, the oldest for 3 min 5 s`. */
export function outboxText({ group, waiting, oldestAgeMs = 0 }: OutboxBacklog): string {
  const counted = waiting >= countedUpTo ? `${waiting} records or more` : `${waiting} records`;
  return `${group}: ${waiting === 1 ? '1 record' : counted}, the oldest for ${formatAge(oldestAgeMs)}`;
}

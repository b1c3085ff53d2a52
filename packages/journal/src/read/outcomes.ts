import { classify, type RecordId, uuidOf } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';

import type { TenantScope } from './scope.ts';
import { readSteps } from './steps.ts';

/** A consumer group: whose inbox says what it has done, and which topics it takes. */
export interface KnownGroup {
  readonly name: string;
  readonly schema: string;
  readonly topics: readonly string[];
}

/**
 * What became of an event in a group. `applied`, `stale`: its inbox says so. `retrying`, `dead`, `redriven`: its newest
 * failed run does. `open`: none of these yet, or no handler for its type. `unknown`: the inbox cannot be read.
 */
export type Outcome = 'applied' | 'stale' | 'retrying' | 'dead' | 'redriven' | 'open' | 'unknown';

export interface GroupOutcome {
  readonly group: string;
  readonly outcome: Outcome;
}

const outcomeOfStep = { retry: 'retrying', dead: 'dead', redrive: 'redriven' } as const;

/** Success is read where it was written, in the inboxes, and never copied: a page costs some primary keys. */
export async function readOutcomes(
  database: Database,
  question: {
    readonly scope: TenantScope;
    readonly groups: readonly KnownGroup[];
    readonly events: readonly { readonly id: RecordId; readonly topic: string }[];
    readonly signal?: AbortSignal;
  },
): Promise<ReadonlyMap<RecordId, readonly GroupOutcome[]>> {
  const { scope, groups, events, signal } = question;
  const ids = [...new Set(events.map(({ id }) => id))];
  const steps = await readSteps(database, { scope, ids, ...(signal === undefined ? {} : { signal }) });
  const inboxes = new Map<string, ReadonlyMap<string, string> | undefined>();
  for (const { name, schema, topics } of groups) {
    const own = events.filter(({ topic }) => topics.includes(topic)).map(({ id }) => uuidOf(id));
    inboxes.set(name, own.length === 0 ? new Map() : await inboxOf(database, { schema, uuids: own, signal }));
  }
  return new Map(
    events.map(({ id, topic }) => {
      const taking = groups.filter(({ topics }) => topics.includes(topic));
      return [
        id,
        taking.map(({ name }): GroupOutcome => {
          const inbox = inboxes.get(name);
          if (inbox === undefined) return { group: name, outcome: 'unknown' };
          const done = inbox.get(uuidOf(id));
          if (done !== undefined) return { group: name, outcome: done === 'stale' ? 'stale' : 'applied' };
          const last = steps.findLast((step) => step.recordId === id && step.group === name);
          return { group: name, outcome: last === undefined ? 'open' : outcomeOfStep[last.kind] };
        }),
      ];
    }),
  );
}

/** Undefined where it cannot be read: a group that is not there yet hides nothing of the others. */
async function inboxOf(
  database: Database,
  asked: { readonly schema: string; readonly uuids: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const rows = await database.statement<{ readonly event_id: string; readonly outcome: string }>(
      // A schema of ours, from the list of groups.
      `SELECT event_id::text, outcome FROM ${asked.schema}.inbox WHERE event_id = ANY ($1::uuid[])`,
      [asked.uuids],
      { signal: asked.signal },
    );
    return new Map(rows.map(({ event_id, outcome }) => [event_id, outcome]));
  } catch (thrown) {
    if (classify(thrown).code === 'dependency_unavailable') throw thrown;
    return undefined;
  }
}

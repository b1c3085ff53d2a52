import type { CauseId } from '@trunkline/events';
import { appendAudit, type Database } from '@trunkline/postgres';

import { withTenants } from '../scope.ts';

/** What people decide about a cause: `muted`, nobody looks at it; `fixed`, nothing dies of it any more. */
export const decidedCauseStates = ['open', 'muted', 'fixed'] as const;
export type DecidedCauseState = (typeof decidedCauseStates)[number];
/** `back`: decided to be fixed, and letters have died of it since. */
export type CauseState = DecidedCauseState | 'back';

export interface DecideCause {
  readonly group: string;
  readonly cause: CauseId;
  readonly state: DecidedCauseState;
  readonly reason: string;
  readonly actor: string;
}

/** Notes what was decided about a cause of a group, with an entry in the audit. Its letters stay as they are. */
export async function decideCause(database: Database, decision: DecideCause): Promise<void> {
  const { group, cause, state, reason, actor } = decision;
  await withTenants(database, 'all', async (tx) => {
    await tx.query(decideSql, [group, cause, state, reason, actor]);
    await appendAudit(tx, { actor, action: 'dlq cause', target: cause, note: reason, detail: { group, state } });
  });
}

const decideSql = `
INSERT INTO journal.cause (consumer_group, cause, state, reason, actor) VALUES ($1, right($2, 32)::uuid, $3, $4, $5)
ON CONFLICT (consumer_group, cause) DO UPDATE SET state = excluded.state, reason = excluded.reason, actor = excluded.actor,
  decided_at = clock_timestamp()`;

/** The state of `decided`, a row of `journal.cause` or none, where the last letter died at `lastDied`. */
export function causeStateSql(lastDied: string): string {
  return `CASE WHEN decided.state = 'fixed' AND ${lastDied} > decided.decided_at THEN 'back' ELSE coalesce(decided.state, 'open') END`;
}

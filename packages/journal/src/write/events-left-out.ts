import type { Database, Transaction } from '@trunkline/postgres';

import { journalLimits } from '../limits.ts';

/** Notes that events appended up to now, and some time more, may have no rows of their own. */
export async function noteEventsLeftOut(tx: Transaction, aheadMs: number): Promise<void> {
  await tx.query(
    `INSERT INTO journal.events_left_out AS known (until) VALUES (clock_timestamp() + $1::float8 * interval '1 millisecond')
     ON CONFLICT (only_row) DO UPDATE SET until = greatest(known.until, excluded.until)`,
    [aheadMs],
  );
}

/** Whether events that the topics still have may be without a row: an index of failures only was kept meanwhile. */
export async function mayMissEvents(database: Database, signal?: AbortSignal): Promise<boolean> {
  const rows = await database.statement(
    `SELECT FROM journal.events_left_out WHERE until > now() - $1 * interval '1 day'`,
    [journalLimits.eventDays],
    { signal },
  );
  return rows.length > 0;
}

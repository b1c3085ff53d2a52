import type { Database } from '@trunkline/postgres';

import { withTenants } from '../scope.ts';
import { letterLimits } from './limits.ts';

/** Forgets letters and jobs that nothing can bring back any more, so many at a time; returns how many letters. */
export async function forgetLetters(database: Database, signal?: AbortSignal): Promise<number> {
  const { keptDays, forgottenAtOnce } = letterLimits;
  return await withTenants(
    database,
    'all',
    async (tx) => {
      await tx.query(`DELETE FROM journal.job WHERE state = 'ended' AND finished_at < now() - $1 * interval '1 day'`, [
        keptDays,
      ]);
      await tx.query(
        `DELETE FROM journal.replay WHERE state = 'ended' AND finished_at < now() - $1 * interval '1 day'`,
        [keptDays],
      );
      const rows = await tx.query(
        `DELETE FROM journal.letter WHERE letter_id IN (
           SELECT letter_id FROM journal.letter WHERE died_at < now() - $1 * interval '1 day' LIMIT $2)
         RETURNING letter_id`,
        [keptDays, forgottenAtOnce],
      );
      return rows.length;
    },
    { signal },
  );
}

import { appendEvent, connectionLimits } from '@trunkline/connections';
import { createRounds, type Rounds } from '@trunkline/core';
import type { Database } from '@trunkline/postgres';
import type { Logger } from '@trunkline/runtime';

export interface RefusalRoundsOptions {
  readonly database: Database;
  readonly log: Logger;
}

interface Refusal {
  readonly id: string;
  readonly tenantId: string;
  readonly what: 'credentials' | 'permission';
}

/**
 * Looks now and then which connections a provider refused a message with (`services/notifications` writes it down), and wants
 * each checked that was not since: once, however many messages were refused, and no sooner than a while after the last check.
 */
export function createRefusalRounds({ database, log }: RefusalRoundsOptions): Rounds {
  return createRounds({
    everyMs: connectionLimits.refusalLookMs,
    round: (signal) => checkRefused(database, log, signal),
    onFailed: ({ code, message }) =>
      log.warn({ event: 'connections.no_refusals', code, reason: message }, 'cannot look for refusals'),
  });
}

export async function checkRefused(database: Database, log: Logger, signal?: AbortSignal): Promise<void> {
  // An installation that tells nobody anything has no such table.
  const [there] = await database.statement<{ readonly is: boolean }>(thereSql, [], { signal });
  if (there?.is !== true) return;
  const refusals = await database.statement<Refusal>(refusedSql, [connectionLimits.refusalPauseMs], { signal });
  for (const { id, tenantId, what } of refusals) {
    await database.transaction(
      [tenantId],
      async (tx) => {
        // Another process may have been here since.
        const wanted = await tx.query(wantSql, [id]);
        if (wanted.length === 0) return;
        // It was refused once already: a check that is refused, too, is sure.
        if (what === 'credentials')
          await tx.query(
            'UPDATE connections.connection SET refusals = greatest(refusals, 1) WHERE connection_id = $1',
            [id],
          );
        await appendEvent(tx, { id, tenantId, what: 'refused', reason: what });
      },
      { signal },
    );
    log.info({ event: 'connections.refused', connectionId: id, tenantId, what }, 'a sender was refused: checked now');
  }
}

const thereSql = `
SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'notifications' AND tablename = 'refused_connection') AS is`;

const refusedSql = `
SELECT work.connection_id AS id, work.tenant_id AS "tenantId", refused.what
FROM notifications.refused_connection refused
JOIN connections.work USING (connection_id, tenant_id)
WHERE work.kind = 'check' AND refused.refused_at > coalesce(work.done_until, '-infinity')
  AND (work.wanted_at > coalesce(work.done_until, '-infinity')) IS NOT TRUE
  AND coalesce(work.done_until, '-infinity') < clock_timestamp() - $1 * interval '1 millisecond'
ORDER BY refused.refused_at LIMIT 100`;

const wantSql = `
UPDATE connections.work SET wanted_at = clock_timestamp()
WHERE kind = 'check' AND connection_id = $1 AND (wanted_at > coalesce(done_until, '-infinity')) IS NOT TRUE
RETURNING connection_id`;

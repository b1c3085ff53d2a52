import { appendAudit, type Database } from '@trunkline/postgres';

import { migrated, tenantOf } from './rows.ts';
import type { ConnectionState } from './standing.ts';
import { askWork } from './work.ts';

/** What operators decide of a connection. A revoked one cannot be resumed: its key is shredded. */
export type ConnectionDecision = 'pause' | 'resume' | 'revoke';

export interface NewConnectionDecision {
  readonly id: string;
  readonly decision: ConnectionDecision;
  readonly actor: string;
  readonly note?: string | undefined;
}

export type DecidedConnection =
  | { readonly kind: 'decided'; readonly tenantId: string; readonly state: ConnectionState }
  /** It was revoked before. */
  | { readonly kind: 'revoked' }
  | { readonly kind: 'unknown' };

const values = { pause: 'paused', resume: null, revoke: 'revoked' } as const;

/** In force with the commit for whoever opens the connection next; the service is asked to look at it, too. */
export async function decideConnection(database: Database, wanted: NewConnectionDecision): Promise<DecidedConnection> {
  const { id, decision, actor, note } = wanted;
  return await migrated(async () => {
    const tenantId = await tenantOf(database, id);
    if (tenantId === undefined) return { kind: 'unknown' };
    return await database.transaction([tenantId], async (tx): Promise<DecidedConnection> => {
      const [row] = await tx.query<{ state: ConnectionState }>(
        `UPDATE connections.connection SET connection_decision = $2 WHERE connection_id = $1 AND state <> 'revoked'
         RETURNING state`,
        [id, values[decision]],
      );
      if (row === undefined) return { kind: 'revoked' };
      await askWork(tx, { check: id });
      await appendAudit(tx, {
        actor,
        tenant: tenantId,
        action: `connections ${decision}`,
        target: id,
        ...(note === undefined ? {} : { note }),
      });
      return { kind: 'decided', tenantId, state: row.state };
    });
  });
}

/** Wants the connection checked now. False where there is none. */
export async function askCheck(database: Database, id: string): Promise<boolean> {
  return await migrated(async () => {
    if ((await tenantOf(database, id)) === undefined) return false;
    await database.transaction([], (tx) => askWork(tx, { check: id }));
    return true;
  });
}

/** Wants every data key under the newest key of the list, with an entry in the audit. */
export async function askRotation(database: Database, { actor }: { readonly actor: string }): Promise<void> {
  await migrated(() =>
    database.transaction([], async (tx) => {
      await askWork(tx, 'rotation');
      await appendAudit(tx, { actor, action: 'vault rotate', target: 'connections' });
    }),
  );
}

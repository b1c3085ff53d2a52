import { appendAudit, type Database } from '@trunkline/postgres';

import type { MessageState } from './states.ts';

/** `sent`: it was; `resend`: it is to be sent again; `drop`: it is not. */
export const messageDecisions = ['sent', 'resend', 'drop'] as const;
export type MessageDecision = (typeof messageDecisions)[number];

/** In which nobody but a person goes on, or waits for what may never come. */
const decidable: ReadonlySet<MessageState> = new Set(['held', 'unknown', 'failed', 'undelivered']);

export interface NewMessageDecision {
  readonly tenant: string;
  readonly requestId: string;
  readonly decision: MessageDecision;
  readonly actor: string;
  readonly note: string;
}

/**
 * Writes down what is to become of a message, for the senders to do at their next look, with its audit. Undefined where
 * there is no such message; else where it stood, and whether that could be decided on.
 */
export async function decideMessage(
  database: Database,
  { tenant, requestId, decision, actor, note }: NewMessageDecision,
  signal: AbortSignal,
): Promise<{ readonly state: MessageState; readonly isDecided: boolean } | undefined> {
  const key = [tenant, requestId.slice(4)];
  return await database.transaction(
    [tenant],
    async (tx) => {
      const [row] = await tx.query<{ readonly state: MessageState }>(
        'SELECT state FROM notifications.message WHERE tenant_id = $1 AND request_id = $2::uuid',
        key,
      );
      if (row === undefined) return undefined;
      const { state } = row;
      if (!decidable.has(state)) return { state, isDecided: false };
      await tx.query(
        'UPDATE notifications.turn SET message_decision = $3 WHERE tenant_id = $1 AND request_id = $2::uuid',
        [...key, decision],
      );
      const detail = { state };
      await appendAudit(tx, { actor, tenant, action: `notifications ${decision}`, target: requestId, note, detail });
      return { state, isDecided: true };
    },
    { signal },
  );
}

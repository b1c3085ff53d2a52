import { requestId } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';
import { isOperatorTemplate } from '@trunkline/sources/directory';

import type { Content, Message } from '../messages/message.ts';
import type { Move, Step } from './next-step.ts';

/** How many messages a person is told by one channel before the rest is told as one. */
export interface BurstLimits {
  readonly messages: number;
  /** In which they are counted. */
  readonly windowMs: number;
  /** How long a digest gathers, from the first message that it tells of. */
  readonly digestMs: number;
}

/**
 * What is done with a message that would be sent: where its person has been told as much as they are by that channel, it
 * goes by the digest that gathers for them, which is opened here where there is none. One transaction at a time for each
 * channel of a person, so that many senders together tell no more than one would.
 */
export async function withinBurst(
  tx: Transaction,
  message: Message,
  { step, nowMs, burst }: { readonly step: Step; readonly nowMs: number; readonly burst: BurstLimits },
): Promise<Step> {
  if (step.kind !== 'send' || message.recipientId === null || step.recipient.channelId === undefined) return step;
  // What was called once goes on as it began, a digest is sent whatever was, and a person knows what they decide.
  if (message.attempts > 0 || message.decision !== null) return step;
  if (message.digest !== null) return step;
  const { channelId } = step.recipient;
  await takeTurn(tx, { ...message, channelId });
  const told = await countTold(tx, message, { channelId, sinceMs: nowMs - burst.windowMs });
  return told < burst.messages ? step : await collapse(tx, message, { channelId, dueAtMs: nowMs + burst.digestMs });
}

/** Held to the end of the transaction, by whoever joins a digest and whoever sends it. */
export async function takeTurn(
  tx: Transaction,
  { tenantId, recipientId, channelId }: Pick<Message, 'tenantId' | 'recipientId' | 'channelId'>,
): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('notifications.burst'), hashtext($1))`, [
    `${tenantId}/${recipientId ?? ''}/${channelId ?? ''}`,
  ]);
}

async function countTold(
  tx: Transaction,
  { tenantId, recipientId }: Message,
  { channelId, sinceMs }: { readonly channelId: string; readonly sinceMs: number },
): Promise<number> {
  const [row] = await tx.query<{ readonly told: number }>(
    `SELECT count(*)::int AS told FROM notifications.message
     WHERE tenant_id = $1 AND recipient_id = $2 AND told_channel = $3 AND first_told_at > to_timestamp($4 / 1000.0)`,
    [tenantId, recipientId, channelId, sinceMs],
  );
  return row?.told ?? 0;
}

async function collapse(
  tx: Transaction,
  message: Message,
  { channelId, dueAtMs }: { readonly channelId: string; readonly dueAtMs: number },
): Promise<Move> {
  const { tenantId, requestId: of, recipientId, template, notAfterMs } = message;
  // A digest of alerts is an alert, of which nobody is told when it fails.
  const digestTemplate = template !== null && isOperatorTemplate(template) ? 'operator_digest' : 'digest';
  const own = requestId({ cause: of, handler: 'digest', qualifier: '' }).slice(4);
  const values = [tenantId, recipientId, channelId, digestTemplate];
  const [open] = await tx.query<{ readonly id: string }>(openSql, values);
  const id = open?.id ?? own;
  if (open === undefined) {
    await tx.query(digestSql, [...values, own, of.slice(4), JSON.stringify(noContent), notAfterMs]);
    await tx.query(
      'INSERT INTO notifications.turn (request_id, tenant_id, due_at) VALUES ($1::uuid, $2, to_timestamp($3 / 1000.0))',
      [own, tenantId, dueAtMs],
    );
  }
  await tx.query(
    'UPDATE notifications.message SET digest_id = $3::uuid WHERE tenant_id = $1 AND request_id = $2::uuid',
    [tenantId, of.slice(4), id],
  );
  // As long as anything of it is worth telling.
  await tx.query(
    `UPDATE notifications.message SET not_after = greatest(not_after, to_timestamp($3 / 1000.0))
     WHERE tenant_id = $1 AND request_id = $2::uuid`,
    [tenantId, id, notAfterMs],
  );
  const detail = `told with others by req_${id.replaceAll('-', '')}`;
  return { kind: 'move', state: 'collapsed', code: 'burst', detail };
}

const noContent: Content = { address: null, parameters: {}, subject: null, text: null, said: null };

// One that was called, or that a person decided on, takes no more.
const openSql = `
SELECT request_id::text AS id FROM notifications.message
WHERE tenant_id = $1 AND recipient_id = $2 AND channel_id = $3 AND is_digest AND template = $4 AND attempts = 0
  AND state IN ('asked', 'no_sender') ORDER BY created_at LIMIT 1`;

const digestSql = `
INSERT INTO notifications.message (tenant_id, request_id, state, channel, recipient_id, channel_id, template, is_digest, caused_by,
  content, requested_at, not_after, traceparent)
SELECT m.tenant_id, $5::uuid, 'asked', m.channel, $2, $3, $4, true, m.caused_by, $7, m.requested_at, to_timestamp($8 / 1000.0),
  m.traceparent
FROM notifications.message m WHERE m.tenant_id = $1 AND m.request_id = $6::uuid`;

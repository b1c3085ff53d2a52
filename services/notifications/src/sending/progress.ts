import type { RequestId } from '@trunkline/core';
import type { Lease, LeasedTable, Transaction } from '@trunkline/postgres';

import { forgetNamed } from '../messages/erasure.ts';
import type { Message } from '../messages/message.ts';
import type { Carried } from './carry.ts';
import { mayFallBack } from './fall-back.ts';
import { sendingLimits } from './limits.ts';
import type { Candidate } from './look-up.ts';
import { keptUntilMs, type Move, type Step } from './next-step.ts';

/** Claimed by whoever works on a message; ids only, so that it can be before it is known whose it is. */
export const turns: LeasedTable = {
  table: 'turn',
  key: 'request_id',
  // But for tenants that have their share of this process.
  where: 'work.due_at <= clock_timestamp() AND NOT work.tenant_id = ANY ($3::text[])',
  orderBy: 'work.due_at',
};

/** Those of them that a person decided on; looked for where nothing is due, by an index of its own. */
export const decidedTurns: LeasedTable = {
  ...turns,
  where: 'work.message_decision IS NOT NULL AND NOT work.tenant_id = ANY ($3::text[])',
};

/** Writes down that a call is about to be made: whoever finds it so later knows that it may have been. */
export async function beginCall(
  tx: Transaction,
  message: Message,
  { sender, recipient, said, nowMs }: Extract<Step, { kind: 'send' }> & { readonly nowMs: number },
): Promise<Message> {
  const attempts = message.attempts + 1;
  const content = message.content === null ? null : { ...message.content, said };
  await tx.query(beginSql, [
    ...keyOf(message),
    attempts,
    sender.id,
    sender.kind,
    content === null ? null : JSON.stringify(content),
    nowMs,
    recipient.channelId ?? null,
  ]);
  await tx.query(
    `INSERT INTO notifications.attempt (tenant_id, request_id, n, sender_id, started_at)
     VALUES ($1, $2::uuid, $3, $4, to_timestamp($5 / 1000.0))`,
    [...keyOf(message), attempts, sender.id, nowMs],
  );
  await tx.query(
    'UPDATE notifications.turn SET message_decision = NULL WHERE tenant_id = $1 AND request_id = $2::uuid',
    [...keyOf(message)],
  );
  return {
    ...message,
    state: 'sending',
    content,
    attempts,
    last: { n: attempts, senderId: sender.id },
    firstCallMs: message.firstCallMs ?? nowMs,
  };
}

export interface EndedCall {
  readonly carried: Carried;
  readonly nowMs: number;
}

/** Writes down how the last call of a message ended. */
export async function endCall(tx: Transaction, message: Message, { carried, nowMs }: EndedCall): Promise<void> {
  const failure = carried.kind === 'failed' ? carried : undefined;
  await tx.query(
    `UPDATE notifications.attempt SET ended_at = to_timestamp($4 / 1000.0), outcome = $5, http_status = $6, code = $7, detail = $8
     WHERE tenant_id = $1 AND request_id = $2::uuid AND n = $3`,
    [
      ...keyOf(message),
      message.attempts,
      nowMs,
      failure?.arrived ?? 'accepted',
      failure?.httpStatus ?? null,
      failure?.code ?? null,
      failure?.detail ?? null,
    ],
  );
  if (carried.kind === 'accepted')
    await tx.query(
      'UPDATE notifications.message SET provider_message_id = coalesce($3, provider_message_id) WHERE tenant_id = $1 AND request_id = $2::uuid',
      [...keyOf(message), carried.providerMessageId ?? null],
    );
}

/** Whether nobody has told meanwhile what became of a message; nobody can until the transaction ends. */
export async function isStill(tx: Transaction, message: Message): Promise<boolean> {
  const rows = await tx.query(
    `SELECT FROM notifications.message WHERE tenant_id = $1 AND request_id = $2::uuid AND state = $3 FOR UPDATE`,
    [...keyOf(message), message.state],
  );
  return rows.length === 1;
}

/** A call without an end may have arrived. */
export async function abandonCalls(tx: Transaction, message: Message): Promise<void> {
  await tx.query(
    `UPDATE notifications.attempt SET outcome = 'maybe', code = 'process_ended'
     WHERE tenant_id = $1 AND request_id = $2::uuid AND outcome IS NULL`,
    [...keyOf(message)],
  );
}

/** Writes down that its provider was asked: `found` is what it has, and `lookups` how often it counts as asked. */
export async function endLookUp(
  tx: Transaction,
  message: Message,
  { lookups, found }: { readonly lookups: number; readonly found: Candidate | undefined },
): Promise<void> {
  await tx.query(
    `UPDATE notifications.message SET lookups = $3, provider_message_id = coalesce($4, provider_message_id)
     WHERE tenant_id = $1 AND request_id = $2::uuid`,
    [...keyOf(message), lookups, found?.providerMessageId ?? null],
  );
}

/** Moves a message to where it stands from now on, and gives its turn back. */
export async function moveOn(
  tx: Transaction,
  message: Message,
  { to, lease }: { readonly to: Move; readonly lease: Lease },
): Promise<void> {
  await tx.query(
    `UPDATE notifications.message SET state = $3, code = $4, detail = $5, changed_at = clock_timestamp(),
       fallback_open = $6
     WHERE tenant_id = $1 AND request_id = $2::uuid`,
    [...keyOf(message), to.state, to.code, to.detail, mayFallBack(to)],
  );
  if (mayFallBack(to)) await lookAgain(tx, lease);
  else await nextTurn(tx, lease, to.dueAtMs ?? message.createdAtMs + sendingLimits.contentMs);
}

/** Leaves a message to whoever looks next, at once: what it came to may ask for something more. */
export async function lookAgain(tx: Transaction, lease: Lease): Promise<void> {
  await nextTurn(tx, lease, 0);
}

/** Leaves a message where it stands until it is forgotten, or what it says is. */
export async function rest(tx: Transaction, message: Message, lease: Lease): Promise<void> {
  await nextTurn(tx, lease, keptUntilMs(message));
}

export async function forget(tx: Transaction, message: Message, lease: Lease): Promise<void> {
  await tx.query('UPDATE notifications.message SET content = NULL WHERE tenant_id = $1 AND request_id = $2::uuid', [
    ...keyOf(message),
  ]);
  await nextTurn(tx, lease, message.createdAtMs + sendingLimits.rowMs);
}

export async function remove(tx: Transaction, message: Message): Promise<void> {
  await forgetNamed(tx, message.tenantId, message.requestId);
  for (const table of ['attempt', 'message', 'turn'])
    await tx.query(`DELETE FROM notifications.${table} WHERE tenant_id = $1 AND request_id = $2::uuid`, [
      ...keyOf(message),
    ]);
}

/** Leaves it to whoever looks then. */
async function nextTurn(tx: Transaction, { id, owner, fence }: Lease, dueAtMs: number): Promise<void> {
  await tx.query(
    `UPDATE notifications.turn SET due_at = to_timestamp($4 / 1000.0), lease_owner = NULL, lease_until = NULL,
       message_decision = NULL
     WHERE request_id = $1::uuid AND lease_owner = $2 AND fence = $3::bigint`,
    [id, owner, String(fence), dueAtMs],
  );
}

function keyOf({
  tenantId,
  requestId,
}: {
  readonly tenantId: string;
  readonly requestId: RequestId;
}): readonly [string, string] {
  return [tenantId, requestId.slice(4)];
}

const beginSql = `
UPDATE notifications.message SET state = 'sending', code = NULL, detail = NULL, attempts = $3, sender_id = $4, provider = $5,
  content = $6, lookups = 0, first_told_at = coalesce(first_told_at, to_timestamp($7 / 1000.0)), told_channel = coalesce(told_channel, $8),
  changed_at = clock_timestamp()
WHERE tenant_id = $1 AND request_id = $2::uuid`;

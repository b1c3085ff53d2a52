import { requestId } from '@trunkline/events';
import type { Transaction } from '@trunkline/postgres';
import type { Channel, Directory } from '@trunkline/sources/directory';

import { copyNamed } from '../messages/erasure.ts';
import type { Message } from '../messages/message.ts';
import type { Move } from './next-step.ts';

/** Whether another channel may do what this one could not: none has words where there are none. */
export function mayFallBack({ state, code }: Pick<Move, 'state' | 'code'>): boolean {
  return (state === 'failed' || state === 'undelivered') && code !== 'nothing_to_say' && code !== 'template_unknown';
}

/**
 * Asks for the next channel of a person where a message surely did not reach them: `failed` or `undelivered`, and never where
 * it may have been sent. Once for each request, and not where the same news was asked for by another channel anyway. It goes
 * on with the trace of the first.
 */
export async function fallBack(
  tx: Transaction,
  message: Message,
  { directory, nowMs }: { readonly directory: Pick<Directory, 'person'>; readonly nowMs: number },
): Promise<void> {
  if (!message.fallbackOpen) return;
  const { tenantId, requestId: cause, content } = message;
  const key = [tenantId, cause.slice(4)];
  await tx.query(
    'UPDATE notifications.message SET fallback_open = false WHERE tenant_id = $1 AND request_id = $2::uuid',
    key,
  );
  const next = nextChannel(message, directory);
  if (next === undefined || content === null || nowMs >= message.notAfterMs) return;
  const own = requestId({ cause, handler: 'fallback', qualifier: 'fallback/1' }).slice(4);
  const asked = await tx.query(askSql, [...key, own, next.kind, next.id, JSON.stringify({ ...content, said: null })]);
  if (asked.length === 0) return;
  await copyNamed(tx, tenantId, { from: cause, to: `req_${own}` });
  await tx.query(
    'INSERT INTO notifications.turn (request_id, tenant_id, due_at) VALUES ($1::uuid, $2, clock_timestamp()) ON CONFLICT DO NOTHING',
    [own, tenantId],
  );
}

/** The one behind it in the order of the file, unless the person wants none. What names no template says itself by what it is to be told. */
function nextChannel(message: Message, directory: Pick<Directory, 'person'>): Channel | undefined {
  const { tenantId, recipientId, channelId, channel, template, isDigest, isFallback } = message;
  if (recipientId === null || template === null || isDigest || isFallback) return undefined;
  // A text that is none of a person's is nobody's id.
  const person = directory.person(tenantId, recipientId as `per_${string}`);
  if (person === undefined || person.fallback === false) return undefined;
  const { channels } = person;
  const place = channels.findIndex(({ id, kind }) => (channelId === null ? kind === channel : id === channelId));
  return place === -1 ? undefined : channels[place + 1];
}

const askSql = `
WITH asked AS (
  INSERT INTO notifications.message (tenant_id, request_id, state, channel, recipient_id, channel_id, template, language, caused_by,
    about_provider, about_account, about_kind, about_id, content, requested_at, not_after, traceparent, fallback_of)
  SELECT tenant_id, $3::uuid, 'asked', $4, recipient_id, $5, template, language, caused_by,
    about_provider, about_account, about_kind, about_id, $6, requested_at, not_after, traceparent, request_id
  FROM notifications.message m
  WHERE tenant_id = $1 AND request_id = $2::uuid AND NOT EXISTS (
    SELECT FROM notifications.message other
    WHERE other.tenant_id = m.tenant_id AND other.caused_by = m.caused_by AND other.recipient_id = m.recipient_id
      AND other.template = m.template AND other.request_id <> m.request_id)
  ON CONFLICT DO NOTHING RETURNING tenant_id, request_id, fallback_of
)
UPDATE notifications.message m SET fallback_id = asked.request_id
FROM asked WHERE m.tenant_id = asked.tenant_id AND m.request_id = asked.fallback_of
RETURNING m.request_id`;

import type { Transaction } from '@trunkline/postgres';

import { type Digest, type Message, readContent } from '../messages/message.ts';
import { takeTurn } from './burst.ts';
import { sendingLimits } from './limits.ts';
import { erased } from './next-step.ts';

/**
 * A digest with what it tells of at this moment; every other message as it is. What is too late of it becomes `expired`,
 * what names somebody who is erased `suppressed`; until the end of the transaction nothing joins it.
 */
export async function gathered(tx: Transaction, message: Message, nowMs: number): Promise<Message> {
  if (!message.isDigest || message.attempts > 0) return message;
  await takeTurn(tx, message);
  const key = [message.tenantId, message.requestId.slice(4)];
  await tx.query(expireSql, [...key, nowMs]);
  await tx.query(eraseSql, [...key, ...erased]);
  const [counted] = await tx.query<Pick<Digest, 'count' | 'templates'>>(countSql, key);
  const first = await tx.query<{ readonly template: string | null; readonly content: string | null }>(firstSql, [
    ...key,
    sendingLimits.digestLines,
  ]);
  const digest: Digest = {
    count: counted?.count ?? 0,
    templates: counted?.templates ?? [],
    first: first.map(({ template, content }) => ({
      template,
      content: content === null ? null : readContent(content),
    })),
  };
  // Whoever joined since it was read may be worth telling for longer.
  const [row] = await tx.query<{ readonly notAfter: Date }>(
    'SELECT not_after AS "notAfter" FROM notifications.message WHERE tenant_id = $1 AND request_id = $2::uuid',
    key,
  );
  return { ...message, digest, notAfterMs: row?.notAfter.getTime() ?? message.notAfterMs };
}

const expireSql = `
UPDATE notifications.message SET state = 'expired', code = 'too_late', detail = 'nobody wants to know it any more',
  changed_at = clock_timestamp()
WHERE tenant_id = $1 AND digest_id = $2::uuid AND state = 'collapsed' AND not_after <= to_timestamp($3 / 1000.0)`;

const eraseSql = `
UPDATE notifications.message SET state = 'suppressed', code = $3, detail = $4,
  changed_at = clock_timestamp()
WHERE tenant_id = $1 AND digest_id = $2::uuid AND state = 'collapsed' AND erased_at IS NOT NULL`;

const countSql = `
SELECT count(*)::int AS count, coalesce(array_agg(DISTINCT template), '{}') AS templates
FROM notifications.message WHERE tenant_id = $1 AND digest_id = $2::uuid AND state = 'collapsed'`;

const firstSql = `
SELECT template, content FROM notifications.message
WHERE tenant_id = $1 AND digest_id = $2::uuid AND state = 'collapsed' ORDER BY created_at, request_id LIMIT $3`;

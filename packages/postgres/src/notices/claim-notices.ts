import { type EventId, uuidOf } from '@trunkline/core';

import type { Transaction } from '../transaction.ts';

/** What somebody is to be told of, once: the template and the subject are its name within the tenant. */
export interface NoticeKey {
  readonly tenantId: string;
  readonly template: string;
  readonly subject: string;
  /** The event that asks. */
  readonly eventId: EventId;
}

/**
 * Claims the notices for this transaction and returns those that nobody had asked before, as they were given. Of two
 * alike among them the first is returned. A claim by another open transaction is waited for.
 */
export async function claimNotices<T extends NoticeKey>(tx: Transaction, notices: readonly T[]): Promise<readonly T[]> {
  if (notices.length === 0) return [];
  const rows = await tx.query<{ readonly place: number }>(claimSql(tx.schema), [
    notices.map((notice) => notice.tenantId),
    notices.map((notice) => notice.template),
    notices.map((notice) => notice.subject),
    notices.map((notice) => uuidOf(notice.eventId)),
  ]);
  const places = new Set(rows.map(({ place }) => place));
  return notices.filter((_, place) => places.has(place + 1));
}

/** Sorted: two transactions that claim the same notices in different orders would deadlock. */
const claimSql = (schema: string): string => `
WITH asked AS (
  SELECT DISTINCT ON (tenant_id, template, subject) tenant_id, template, subject, event_id, place
  FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) WITH ORDINALITY
    AS given (tenant_id, template, subject, event_id, place)
  ORDER BY tenant_id, template, subject, place
), claimed AS (
  INSERT INTO ${schema}.notice (tenant_id, template, subject, event_id)
  SELECT tenant_id, template, subject, event_id FROM asked ORDER BY tenant_id, template, subject
  ON CONFLICT (tenant_id, template, subject) DO NOTHING
  RETURNING tenant_id, template, subject
)
SELECT place::integer FROM asked JOIN claimed USING (tenant_id, template, subject)`;

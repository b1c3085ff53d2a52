import type { Transaction } from '@trunkline/postgres';

import type { SyncWish } from './wish.ts';

/**
 * A wish stands for all that changes within this time after it was made: whoever fulfils it reads when the time has
 * passed, so nothing that was coalesced away is missed.
 */
export const coalescedMs = 2_000;

/** Wishes are for one reading where they are about one resource of a source. */
export interface ResourceWish {
  readonly tenantId: string;
  readonly wish: SyncWish;
}

/**
 * Those of the wishes that are to be asked for: one with the reason of the last one about its resource, asked for less
 * than two seconds ago, is not. The row of the resource stays locked, so that its requests are in order.
 */
export async function takeTurns<T extends ResourceWish>(
  tx: Transaction,
  wishes: readonly T[],
  nowMs: number,
): Promise<readonly T[]> {
  const due: T[] = [];
  // One statement each: in a batch a resource may be wished for twice for two reasons. Sorted, so that two batches
  // that wish for the same resources do not wait for each other.
  for (const one of wishes.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const { sourceId, reason } = one.wish;
    const rows = await tx.query(askSql, [one.tenantId, sourceId, resourceOf(one.wish), reason, nowMs, coalescedMs]);
    if (rows.length > 0) due.push(one);
  }
  return due;
}

/** What is watched: without a resource id the source as a whole. */
function resourceOf({ resourceId }: SyncWish): string {
  return resourceId ?? '';
}

function nameOf({ tenantId, wish }: ResourceWish): string {
  return JSON.stringify([tenantId, wish.sourceId, resourceOf(wish)]);
}

const askSql = `
INSERT INTO calendar.sync_wish AS known (tenant_id, source_id, resource, reason, asked_at)
VALUES ($1, $2, $3, $4, to_timestamp($5::float8 / 1000))
ON CONFLICT (tenant_id, source_id, resource) DO UPDATE SET reason = excluded.reason, asked_at = excluded.asked_at
WHERE known.reason <> excluded.reason OR known.asked_at <= excluded.asked_at - $6::float8 * interval '1 millisecond'
RETURNING 1`;

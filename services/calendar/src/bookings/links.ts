import type { ConsumedEvent } from '@trunkline/consumer';
import type { Transaction } from '@trunkline/postgres';

export type BookingEvent = ConsumedEvent<'calendar.booking.v1'>;

/** That a booking was moved: the new one took the place of the old one, of the same kind in the same account. */
export interface BookingLink {
  readonly tenantId: string;
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly oldId: string;
  readonly newId: string;
}

/**
 * The moves that an event tells of, whichever half it is: the old booking names `replacedBy`, the new one `replaces`.
 * Null there says that nothing is known yet, not that there was no move.
 */
export function linksOf({ record }: BookingEvent): readonly BookingLink[] {
  const { metadata, replaces, replacedBy } = record;
  const { tenantId, provider, account, entityKind: kind, entityId } = metadata;
  const stated = new Set(metadata.statedFields);
  const moves = [
    stated.has('replaces') && replaces !== null ? { oldId: replaces, newId: entityId } : undefined,
    stated.has('replacedBy') && replacedBy !== null ? { oldId: entityId, newId: replacedBy } : undefined,
  ];
  return moves.flatMap((move) =>
    move === undefined || move.oldId === move.newId ? [] : [{ tenantId, provider, account, kind, ...move }],
  );
}

/** Writes the moves that the events tell of; a move that is known already stays. */
export async function writeLinks(tx: Transaction, events: readonly BookingEvent[]): Promise<void> {
  const links = events.flatMap(linksOf);
  if (links.length === 0) return;
  await tx.query(insertSql, [
    links.map(({ tenantId }) => tenantId),
    links.map(({ provider }) => provider),
    links.map(({ account }) => account),
    links.map(({ kind }) => kind),
    links.map(({ oldId }) => oldId),
    links.map(({ newId }) => newId),
  ]);
}

/** Sorted: the halves of two moves may come to two transactions in different orders, which would deadlock. */
const insertSql = `
INSERT INTO calendar.booking_link (tenant_id, provider, account, kind, old_id, new_id)
SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
  AS link (tenant_id, provider, account, kind, old_id, new_id)
ORDER BY tenant_id, provider, account, kind, old_id, new_id
ON CONFLICT DO NOTHING`;

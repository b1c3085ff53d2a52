import type { Database, Transaction } from '@trunkline/postgres';

/** A meeting that was booked and perhaps moved: all of its bookings. */
export interface BookingChain {
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  /** What became of it: the id of its last booking. */
  readonly currentId: string;
  /** `end`; `circle` or `cut` where it has none. */
  readonly ends: string;
  /** In the order of the moves. */
  readonly bookings: readonly ChainedBooking[];
}

export interface ChainedBooking {
  readonly id: string;
  /** Null for a booking that only another one named so far. */
  readonly status: string | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly title: string | null;
  readonly hostEmail: string | null;
  readonly inviteeName: string | null;
  readonly inviteeEmail: string | null;
  readonly inviteePhone: string | null;
  readonly noShow: boolean | null;
  readonly phoneId: string | null;
  /** Until when somebody in it is erased. */
  readonly erasedAt: Date | null;
}

export interface WantedBookings {
  /** An id of a booking or of its meeting, a phone of the directory, a number or an address of an invitee. */
  readonly what: string;
  readonly tenant: string;
  readonly limit: number;
}

/** The chains of the bookings that go by the name, the latest meeting first. */
export async function readBookings(
  database: Database,
  { what, tenant, limit }: WantedBookings,
  signal: AbortSignal,
): Promise<readonly BookingChain[]> {
  return await database.transaction(
    [tenant],
    async (tx) => {
      const found = await tx.query<FoundRow>(foundSql, [tenant, what, numberOf(what), limit]);
      const chains = new Map<string, BookingChain>();
      for (const row of found) {
        const chain = await readChain(tx, tenant, row);
        // Several bookings of one chain may go by the name.
        chains.set(JSON.stringify([row.provider, row.account, row.kind, chain.currentId]), chain);
      }
      return [...chains.values()];
    },
    { signal },
  );
}

interface FoundRow {
  readonly provider: string;
  readonly account: string;
  readonly kind: string;
  readonly id: string;
}

async function readChain(tx: Transaction, tenant: string, found: FoundRow): Promise<BookingChain> {
  const key = [tenant, found.provider, found.account, found.kind, found.id];
  const members = await tx.query<ChainedBooking>(chainSql, key);
  const [current] = await tx.query<{ readonly id: string; readonly ends: string }>(currentSql, key);
  const { provider, account, kind } = found;
  return {
    provider,
    account,
    kind,
    currentId: current?.id ?? members.at(-1)?.id ?? found.id,
    ends: current?.ends ?? 'end',
    bookings: members,
  };
}

/** `+1 415-555-0134` as it is stored. */
function numberOf(what: string): string {
  return /^\+?[0-9 ().-]+$/.test(what) ? what.replaceAll(/[^+0-9]/g, '') : what;
}

const foundSql = `
SELECT provider, account, kind, entity_id AS id, starts_at FROM calendar.booking
WHERE tenant_id = $1 AND (entity_id = $2 OR scheduled_event_id = $2 OR phone_id = $2
  OR lower(invitee_email) = lower($2) OR invitee_phone = $3)
UNION
SELECT provider, account, kind, $2::text, NULL FROM calendar.booking_link
WHERE tenant_id = $1 AND $2 IN (old_id, new_id)
ORDER BY starts_at DESC NULLS LAST, id LIMIT $4`;

/** All that is linked to a booking, before and after it, at most 50 moves away. The hop counts from the first of them. */
const chainSql = `
WITH RECURSIVE near (id, hop) AS (
  SELECT $5::text, 0
  UNION
  SELECT moved.id, near.hop + moved.step
  FROM near CROSS JOIN LATERAL (
    SELECT new_id AS id, 1 AS step FROM calendar.booking_link
    WHERE (tenant_id, provider, account, kind) = ($1, $2, $3, $4) AND old_id = near.id AND near.hop >= 0
    UNION ALL
    SELECT old_id, -1 FROM calendar.booking_link
    WHERE (tenant_id, provider, account, kind) = ($1, $2, $3, $4) AND new_id = near.id AND near.hop <= 0
  ) moved
  WHERE abs(near.hop) < 50
), member AS (
  SELECT id, (array_agg(hop ORDER BY abs(hop)))[1] AS hop FROM near GROUP BY id
)
SELECT member.id, status, starts_at AS "startsAt", ends_at AS "endsAt", title,
  host_email AS "hostEmail", invitee_name AS "inviteeName", invitee_email AS "inviteeEmail",
  invitee_phone AS "inviteePhone", no_show AS "noShow", phone_id AS "phoneId",
  erased_at AS "erasedAt"
FROM member LEFT JOIN calendar.booking b
  ON (b.tenant_id, b.provider, b.account, b.kind) = ($1, $2, $3, $4) AND b.entity_id = member.id
ORDER BY member.hop, member.id`;

const currentSql = `
SELECT current_id AS id, ends FROM calendar.booking_current
WHERE (tenant_id, provider, account, kind, entity_id) = ($1, $2, $3, $4, $5)`;

import {
  distinctEntities,
  entityColumns,
  type EntityKey,
  entityValues,
  selectEntity,
  type Transaction,
} from '@trunkline/postgres';

import { keyOf, keysSql } from './keys.ts';
import type { BookingEvent, BookingLink } from './links.ts';
import type { Standing, Versioned } from './standing.ts';
import { subjectOf } from './subjects.ts';
import { type BookingTemplate, bookingTemplates } from './telling.ts';
import type { KnownBookings } from './tellings.ts';

/**
 * What is known before the events of a batch are applied, but for their links, which are written. Locks the rows, so that
 * whoever else applies events of these bookings (a retry) does so before or after. A booking that has no row yet gets one
 * for that, which the first to come fills.
 */
export async function readKnown(tx: Transaction, events: readonly BookingEvent[]): Promise<KnownBookings> {
  const own = distinctEntities(events.map(keyOf));
  await tx.query(rowsSql, entityValues(own));
  const links = await tx.query<BookingLink>(linksSql, entityValues(own));
  const destinations = links.map(({ tenantId, provider, account, kind, newId }) => ({
    tenantId,
    provider,
    account,
    kind,
    entityId: newId,
  }));
  const concerned = distinctEntities([...own, ...destinations]);
  const rows = await tx.query<StandingRow>(standingsSql, entityValues(concerned));
  return { links, standings: rows.map(standingOf), told: await readTold(tx, concerned) };
}

/** In the order of the keys: two batches that meet in two bookings would deadlock. */
const rowsSql = `
INSERT INTO calendar.booking (${entityColumns}) SELECT ${entityColumns} FROM ${keysSql}
ORDER BY ${entityColumns} ON CONFLICT DO NOTHING`;

interface StandingRow extends EntityKey {
  readonly status: string | null;
  readonly statusVersion: string | null;
  readonly noShow: boolean | null;
  readonly noShowVersion: string | null;
  readonly startsAt: Date | null;
  readonly startsAtVersion: string | null;
}

function standingOf(row: StandingRow): KnownBookings['standings'][number] {
  const { status, statusVersion, noShow, noShowVersion, startsAt, startsAtVersion, ...key } = row;
  const standing: Standing = {
    status: versioned(status, statusVersion),
    noShow: versioned(noShow, noShowVersion),
    startsAt: versioned(startsAt?.getTime() ?? null, startsAtVersion),
  };
  return { ...key, standing };
}

function versioned<Value>(value: Value | null, version: string | null): Versioned<Value> {
  return { value, version: version ?? '' };
}

async function readTold(tx: Transaction, keys: readonly EntityKey[]): Promise<KnownBookings['told']> {
  const rows = await tx.query<{ readonly place: number; readonly template: BookingTemplate }>(toldSql, [
    keys.map(({ tenantId }) => tenantId),
    keys.map((key) => subjectOf(key)),
    bookingTemplates,
  ]);
  return rows.flatMap(({ place, template }) => {
    const key = keys[place - 1];
    return key === undefined ? [] : [{ ...key, template }];
  });
}

/** Each half finds its way by an index of its own. */
const linksSql = (['old_id', 'new_id'] as const)
  .map(
    (half) => `
SELECT link.tenant_id AS "tenantId", link.provider, link.account, link.kind, link.old_id AS "oldId", link.new_id AS "newId"
FROM ${keysSql}
JOIN calendar.booking_link link USING (tenant_id, provider, account, kind)
WHERE link.${half} = k.entity_id`,
  )
  .join('\nUNION');

const standingsSql = `
SELECT ${selectEntity('k')}, b.status, b.status_version AS "statusVersion", b.no_show AS "noShow",
  b.no_show_version AS "noShowVersion", b.starts_at AS "startsAt", b.starts_at_version AS "startsAtVersion"
FROM calendar.booking b JOIN ${keysSql} USING (${entityColumns})
ORDER BY b.tenant_id, b.provider, b.account, b.kind, b.entity_id FOR UPDATE OF b`;

const toldSql = `
SELECT asked.place::integer, notice.template
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (tenant_id, subject, place)
JOIN calendar.notice USING (tenant_id, subject)
WHERE notice.template = ANY ($3::text[])`;

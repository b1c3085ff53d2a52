import {
  entityColumns,
  type EntityKey,
  entityText,
  entityValues,
  selectEntity,
  type Transaction,
} from '@trunkline/postgres';
import type { PhoneId } from '@trunkline/sources/directory';

import { keysSql } from './keys.ts';

/** As much of a booking's row as phones and notices need. */
export interface BookingRow extends EntityKey {
  readonly status: string | null;
  readonly title: string | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly hostEmail: string | null;
  readonly inviteeName: string | null;
  readonly cancellationReason: string | null;
  readonly phoneId: PhoneId | null;
}

/** The rows there are, by `entityText` of their keys. */
export async function readRows(tx: Transaction, keys: readonly EntityKey[]): Promise<ReadonlyMap<string, BookingRow>> {
  const rows = await tx.query<BookingRow>(rowsSql, entityValues(keys));
  return new Map(rows.map((row) => [entityText(row), row]));
}

const rowsSql = `
SELECT ${selectEntity('k')}, status, title, starts_at AS "startsAt", ends_at AS "endsAt", host_email AS "hostEmail",
  invitee_name AS "inviteeName", cancellation_reason AS "cancellationReason", phone_id AS "phoneId"
FROM ${keysSql} JOIN calendar.booking USING (${entityColumns})`;

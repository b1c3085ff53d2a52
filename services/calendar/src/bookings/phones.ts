import { email } from '@trunkline/addresses';
import { entityColumns, entityParameters, entityText, entityValues, type Transaction } from '@trunkline/postgres';
import type { Directory, PhoneId } from '@trunkline/sources/directory';

import { keyOf } from './keys.ts';
import type { BookingEvent } from './links.ts';
import type { BookingRow } from './rows.ts';

type Phones = Pick<Directory, 'phoneOfEmail' | 'phoneOfSource'>;

/**
 * Gives each booking of the batch the phone whose owners it concerns, as the directory says now: that of its host, else
 * that of the source, else the one it has. Returns the rows with their phones.
 *
 * The host is the row's, which a version guards, so it does not matter which event came last.
 */
export async function givePhones(
  tx: Transaction,
  { events, rows, directory }: GivePhones,
): Promise<ReadonlyMap<string, BookingRow>> {
  const given = new Map(rows);
  for (const event of events) {
    const row = given.get(entityText(keyOf(event)));
    if (row === undefined) continue;
    const phoneId = phoneOf(row, event.record.metadata.sourceId, directory);
    if (phoneId !== row.phoneId) given.set(entityText(row), { ...row, phoneId });
  }
  const changed = [...given.values()].filter((row) => row !== rows.get(entityText(row)));
  if (changed.length > 0) await tx.query(updateSql, [...entityValues(changed), changed.map(({ phoneId }) => phoneId)]);
  return given;
}

interface GivePhones {
  readonly events: readonly BookingEvent[];
  readonly rows: ReadonlyMap<string, BookingRow>;
  readonly directory: Phones;
}

function phoneOf({ tenantId, hostEmail, phoneId }: BookingRow, sourceId: string, directory: Phones): PhoneId | null {
  const address = hostEmail === null ? undefined : email(hostEmail);
  const ofHost = address === undefined ? undefined : directory.phoneOfEmail(tenantId, address);
  return ofHost?.id ?? directory.phoneOfSource(tenantId, sourceId)?.id ?? phoneId;
}

const updateSql = `
UPDATE calendar.booking b SET phone_id = k.phone_id
FROM unnest(${entityParameters(1)}, $6::text[]) AS k (${entityColumns}, phone_id)
WHERE (b.tenant_id, b.provider, b.account, b.kind, b.entity_id)
  = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)`;

import type { StatedTopic } from '@trunkline/events';
import {
  entityColumns,
  type EntityKey,
  entityParameters,
  entityText,
  entityValues,
  selectEntity,
} from '@trunkline/postgres';
import { type Directory, type Ends, phoneOfEnds } from '@trunkline/sources/directory';

import type { FollowUp } from '../handlers/followed-by.ts';
import { entitiesSql, keyOf, lastOfEach, metadataOf } from './entities.ts';

interface LinkRow extends EntityKey {
  readonly direction: string | null;
  readonly from_address: string | null;
  readonly to_address: string | null;
  readonly forwarded_from: string | null;
  readonly phone_id: string | null;
}

/**
 * Writes whose phone each call or message is, by everything that is known of it by now: its numbers, else the source it
 * came from. Where no number is anybody's any more, what held stays.
 */
export function phonesOf(table: 'call', directory: Directory): FollowUp<'telephony.call.v1'>;
export function phonesOf(table: 'message', directory: Directory): FollowUp<'telephony.message.v1'>;
export function phonesOf(table: 'call' | 'message', directory: Directory): FollowUp<StatedTopic> {
  return async (events, tx) => {
    const last = lastOfEach(events);
    const keys = [...last.values()].map(keyOf);
    const rows = await tx.query<LinkRow>(rowsSql(tx.schema, table), entityValues(keys));
    const changed = rows.flatMap((row) => {
      const event = last.get(entityText(row));
      const ofSource =
        event === undefined ? undefined : directory.phoneOfSource(row.tenantId, metadataOf(event).sourceId);
      const phone = phoneOfEnds(directory, row.tenantId, endsOf(row)) ?? ofSource;
      return phone === undefined || phone.id === row.phone_id ? [] : [{ row, phoneId: phone.id }];
    });
    if (changed.length === 0) return;
    const phoneIds = changed.map(({ phoneId }) => phoneId);
    await tx.query(updateSql(tx.schema, table), [...entityValues(changed.map(({ row }) => row)), phoneIds]);
  };
}

function endsOf(row: LinkRow): Ends {
  const { direction, from_address: from, to_address: to, forwarded_from: forwardedFrom } = row;
  return { direction, from, to, forwardedFrom };
}

/** In one order, and held: another transaction may write the same rows. */
function rowsSql(schema: string, table: 'call' | 'message'): string {
  const forwardedFrom = table === 'call' ? 'forwarded_from' : 'NULL::text AS forwarded_from';
  return `
SELECT ${selectEntity(table)}, direction, from_address, to_address, ${forwardedFrom}, phone_id
FROM ${schema}.${table} JOIN ${entitiesSql} USING (${entityColumns})
ORDER BY ${entityColumns} FOR NO KEY UPDATE OF ${table}`;
}

function updateSql(schema: string, table: 'call' | 'message'): string {
  return `
UPDATE ${schema}.${table} AS linked SET phone_id = given.phone
FROM unnest(${entityParameters(1)}, $6::text[]) AS given (${entityColumns}, phone)
WHERE (linked.tenant_id, linked.provider, linked.account, linked.kind, linked.entity_id)
  = (given.tenant_id, given.provider, given.account, given.kind, given.entity_id)`;
}

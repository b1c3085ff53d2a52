import type { EventId } from '@trunkline/core';
import { entityColumns, entityParameters, entityValues, type Transaction } from '@trunkline/postgres';

import type { Erasure } from './erasure.ts';
import { isBackSql } from './tombstones.ts';

/** An address that an erased contact had, and until when what happened there is nobody's any more. */
export interface FreedAddress {
  readonly tenantId: string;
  /** The event that it was freed by. */
  readonly eventId: EventId;
  /** In hex. */
  readonly digest: string;
  readonly untilMs: number;
}

/** Takes their addresses from erased contacts: all they ever had, or of one that came back, those it had before. */
export async function freeAddresses(tx: Transaction, erasures: readonly Erasure[]): Promise<readonly FreedAddress[]> {
  if (erasures.length === 0) return [];
  const rows = await tx.query<FreedRow>(freeSql, [
    ...entityValues(erasures.map(({ key }) => key)),
    erasures.map(({ atMs }) => atMs),
    erasures.map(({ version }) => version),
    erasures.map(({ eventId }) => eventId),
  ]);
  return rows.map(({ tenant_id: tenantId, digest, at, event_id: eventId }) => ({
    tenantId,
    digest,
    eventId,
    untilMs: at,
  }));
}

interface FreedRow {
  readonly tenant_id: string;
  readonly digest: string;
  readonly at: number;
  readonly event_id: EventId;
}

const freeSql = `
DELETE FROM crm.contact_address t
USING unnest(${entityParameters(1)}, $6::double precision[], $7::text[], $8::text[])
  AS k (${entityColumns}, at, version, event_id)
JOIN crm.contact c USING (${entityColumns})
WHERE (t.tenant_id, t.provider, t.account, t.kind, t.entity_id) = (k.tenant_id, k.provider, k.account, k.kind, k.entity_id)
  AND (t.since <= to_timestamp(k.at / 1000) OR NOT ${isBackSql('c', 'k.version')})
RETURNING t.tenant_id, encode(t.digest, 'hex') AS digest, k.at, k.event_id`;

import { type ConsumedEvent, entityOf, type Requests, type Wish } from '@trunkline/consumer';
import type { EventId } from '@trunkline/core';
import type { Transaction } from '@trunkline/postgres';

import type { FreedAddress } from './freed-addresses.ts';

type Topic = 'privacy.erasure_request.v1';

/**
 * Asks whoever keeps something under an address that was an erased contact's, and that nobody else holds, to erase it.
 * It is asked by the address's digest; only who has the installation's key can know what that stands for.
 */
export async function askToErase(
  tx: Transaction,
  { requests, events }: { readonly requests: Requests; readonly events: readonly ConsumedEvent<'crm.contact.v1'>[] },
  freed: readonly FreedAddress[],
): Promise<void> {
  if (freed.length === 0) return;
  const rows = await tx.query<{ readonly digest: string }>(unheldSql, [
    freed.map(({ tenantId }) => tenantId),
    freed.map(({ digest }) => digest),
  ]);
  const unheld = new Set(rows.map(({ digest }) => digest));
  const byId = new Map(events.map((event) => [event.eventId, event]));
  await requests.add(
    tx,
    freed.filter(({ digest }) => unheld.has(digest)).flatMap((address) => wishOf(address, byId)),
  );
}

function wishOf(
  { digest, untilMs, eventId }: FreedAddress,
  events: ReadonlyMap<EventId, ConsumedEvent<'crm.contact.v1'>>,
): readonly Wish<Topic>[] {
  const event = events.get(eventId);
  if (event === undefined) return [];
  const { provider, account, kind: entityKind, entityId } = entityOf(event.record.metadata);
  return [
    {
      topic: 'privacy.erasure_request.v1',
      type: 'privacy.erasure_request.erase',
      event,
      handler: 'contact',
      qualifier: `address/${digest}`,
      payload: {
        addressDigest: digest,
        provider,
        account,
        entityKind,
        entityId,
        erasedAt: untilMs,
        reason: 'contact_deleted',
      },
    },
  ];
}

const unheldSql = `
SELECT DISTINCT i.digest FROM unnest($1::text[], $2::text[]) AS i (tenant_id, digest)
WHERE NOT EXISTS (
  SELECT FROM crm.contact_address a WHERE a.tenant_id = i.tenant_id AND a.digest = decode(i.digest, 'hex') AND a.is_held
)`;

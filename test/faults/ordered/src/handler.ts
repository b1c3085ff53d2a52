import { type ConsumedEvent, defineHandler, type RegisteredHandler } from '@trunkline/consumer';
import { TrunklineError, uuidOf } from '@trunkline/core';

type Payment = ConsumedEvent<'payments.payment.v1'>;

/** Writes down which event of which key it was given, in turn. What each is to do stands in its name: `<n>/<how it fails>`. */
export const ordered: RegisteredHandler = defineHandler(
  {
    name: 'ordered',
    topic: 'payments.payment.v1',
    types: ['payments.payment.created'],
    handleBatch: async (events, tx) => {
      for (const event of events) fail(event);
      await tx.query(
        `INSERT INTO tally.ordered (tenant_id, event_id, key, n)
         SELECT tenant, event, key, n FROM unnest($1::text[], $2::uuid[], $3::text[], $4::int[]) AS t (tenant, event, key, n)`,
        [
          events.map(({ record }) => record.metadata.tenantId),
          events.map(({ eventId }) => uuidOf(eventId)),
          events.map(({ record }) => record.metadata.entityId),
          events.map((event) => Number(nameOf(event)[0])),
        ],
      );
      return { stale: [] };
    },
  },
  { ordering: 'strict', onDead: 'release' },
);

function fail(event: Payment): void {
  const [, how] = nameOf(event);
  if (how === 'stumbles' && event.attempt === 1) throw new TrunklineError('upstream_5xx', 'this event fails once');
  if (how === 'refused') throw new TrunklineError('business_rejected', 'this event fails each time');
}

function nameOf({ record }: Payment): readonly string[] {
  return (record.metadata.providerEventId ?? '').split('/');
}

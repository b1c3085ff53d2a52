import { type ConsumedEvent, defineHandler, type RegisteredHandler } from '@trunkline/consumer';
import { uuidOf } from '@trunkline/core';

/**
 * An effect that nothing but the inbox protects: one row per application, no unique key, no version guard. What a real
 * handler would do twice (send, charge, add) shows here as two rows.
 */
export const tally: RegisteredHandler = defineHandler({
  name: 'tally',
  topic: 'payments.payment.v1',
  types: ['payments.payment.succeeded'],
  handleBatch: async (events, tx) => {
    for (const event of events) await misbehave(event);
    await tx.query(
      `INSERT INTO tally.effect (tenant_id, event_id, received_at)
       SELECT tenant, event, to_timestamp(ms / 1000) FROM unnest($1::text[], $2::uuid[], $3::float8[]) AS t (tenant, event, ms)`,
      [
        events.map(({ record }) => record.metadata.tenantId),
        events.map(({ eventId }) => uuidOf(eventId)),
        events.map(({ record }) => record.metadata.receivedAt),
      ],
    );
    return { stale: [] };
  },
});

/** What a fault row asks for by the id of a payment (`FaultWorld.senderOf`). */
async function misbehave({ record, attempt }: ConsumedEvent<'payments.payment.v1'>): Promise<void> {
  switch (/(throws|hangs|stumbles)n[0-9]+$/.exec(record.metadata.entityId)?.[1]) {
    case 'throws':
      throw new Error('this payment always throws');
    case 'stumbles':
      if (attempt === 1) throw new Error('this payment throws once');
      break;
    case 'hangs':
      // Never comes back: the deadline of the transaction has to end it.
      await new Promise(() => undefined);
      break;
    default:
  }
}

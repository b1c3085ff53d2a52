import { defineHandler, type RegisteredHandler } from '@trunkline/consumer';
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
    await tx.query(`INSERT INTO tally.effect (tenant_id, event_id) SELECT * FROM unnest($1::text[], $2::uuid[])`, [
      events.map(({ record }) => record.metadata.tenantId),
      events.map(({ eventId }) => uuidOf(eventId)),
    ]);
    return { stale: [] };
  },
});

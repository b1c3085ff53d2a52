import type { BatchHandler, ConsumedEvent, HandlerOffers, Wish } from '@trunkline/consumer';

import { paymentProjection } from '../../../handlers/payment.ts';

const topic = 'payments.payment.v1';
export const asked = 'notifications.request.v1';

/** A request for each event. */
export function asking(requests: HandlerOffers['requests']): BatchHandler<typeof topic> {
  return {
    name: 'asking',
    topic,
    types: paymentProjection.types,
    async handleBatch(events, tx) {
      await requests.add(tx, events.map(wishOf));
      return { stale: [] };
    },
  };
}

function wishOf(event: ConsumedEvent<typeof topic>): Wish<typeof asked> {
  const { provider, account, entityKind, entityId } = event.record.metadata;
  return {
    topic: asked,
    type: 'notifications.request.send',
    event,
    handler: 'asking',
    qualifier: 'sms',
    payload: {
      channel: 'sms',
      recipientId: 'per_ada',
      template: 'payment_failed',
      parametersJson: '{"amount":1200,"currency":"EUR"}',
      language: 'en',
      aboutProvider: provider,
      aboutAccount: account,
      aboutKind: entityKind,
      aboutId: entityId,
    },
  };
}

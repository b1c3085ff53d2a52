import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps payments.dispute at the newest state that any event told. */
export function disputeHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'payments.dispute.v1'> {
  return erasable(projection, personal, { book });
}

const projection: ProjectionHandler<'payments.dispute.v1'> = projectionHandler({
  topic: 'payments.dispute.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    outcome: 'text',
    providerStatus: 'text',
    stage: 'text',
    reason: 'text',
    networkReasonCode: 'text',
    amount: 'bigint',
    currency: 'text',
    paymentId: 'text',
    chargeId: 'text',
    isChargeRefundable: 'boolean',
    evidenceDueAt: 'timestamptz',
    closedAt: 'timestamptz',
    attributesJson: 'text',
    livemode: 'boolean',
    createdAt: 'timestamptz',
    updatedAt: 'timestamptz',
    orderId: 'text',
    feeAmount: 'bigint',
    netAmount: 'bigint',
  },
});

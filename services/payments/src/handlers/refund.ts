import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps payments.refund at the newest state that any event told. */
export function refundHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'payments.refund.v1'> {
  return erasable(projection, personal, { book });
}

const projection: ProjectionHandler<'payments.refund.v1'> = projectionHandler({
  topic: 'payments.refund.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    amount: 'bigint',
    currency: 'text',
    paymentId: 'text',
    chargeId: 'text',
    orderId: 'text',
    invoiceId: 'text',
    reason: 'text',
    failureReason: 'text',
    attributesJson: 'text',
    livemode: 'boolean',
    createdAt: 'timestamptz',
    feeAmount: 'bigint',
    netAmount: 'bigint',
  },
});

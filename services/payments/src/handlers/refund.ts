import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

/** Keeps payments.refund at the newest state that any event told. */
export const refundHandler: ProjectionHandler<'payments.refund.v1'> = projectionHandler({
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

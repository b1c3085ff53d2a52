import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

/** Keeps payments.payment at the newest state that any event told. */
export const paymentHandler: ProjectionHandler<'payments.payment.v1'> = projectionHandler({
  topic: 'payments.payment.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    amount: 'bigint',
    amountCapturable: 'bigint',
    amountReceived: 'bigint',
    currency: 'text',
    customerId: 'text',
    paymentMethodId: 'text',
    paymentMethodType: 'text',
    paymentMethodTypes: 'text[]',
    captureMethod: 'text',
    nextActionType: 'text',
    failureCode: 'text',
    failureReason: 'text',
    cancellationReason: 'text',
    chargeId: 'text',
    invoiceId: 'text',
    orderId: 'text',
    statementDescriptor: 'text',
    attributesJson: 'text',
    livemode: 'boolean',
    createdAt: 'timestamptz',
    canceledAt: 'timestamptz',
  },
});

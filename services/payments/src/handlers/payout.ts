import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

/** Keeps payments.payout at the newest state that any event told. */
export const payoutHandler: ProjectionHandler<'payments.payout.v1'> = projectionHandler({
  topic: 'payments.payout.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    amount: 'bigint',
    currency: 'text',
    destinationId: 'text',
    destinationType: 'text',
    method: 'text',
    isAutomatic: 'boolean',
    failureCode: 'text',
    balanceTransactionId: 'text',
    statementDescriptor: 'text',
    arrivalAt: 'timestamptz',
    attributesJson: 'text',
    livemode: 'boolean',
    createdAt: 'timestamptz',
  },
});

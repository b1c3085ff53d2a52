import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps payments.invoice at the newest state that any event told. */
export function invoiceHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'payments.invoice.v1'> {
  return erasable(projection, personal, { book });
}

const projection: ProjectionHandler<'payments.invoice.v1'> = projectionHandler({
  topic: 'payments.invoice.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    number: 'text',
    customerId: 'text',
    subscriptionId: 'text',
    paymentId: 'text',
    orderId: 'text',
    subtotal: 'bigint',
    taxAmount: 'bigint',
    total: 'bigint',
    amountDue: 'bigint',
    amountPaid: 'bigint',
    amountRemaining: 'bigint',
    currency: 'text',
    billingReason: 'text',
    collectionMethod: 'text',
    attemptCount: 'bigint',
    nextPaymentAttemptAt: 'timestamptz',
    dueAt: 'timestamptz',
    periodStartsAt: 'timestamptz',
    periodEndsAt: 'timestamptz',
    finalizedAt: 'timestamptz',
    paidAt: 'timestamptz',
    voidedAt: 'timestamptz',
    markedUncollectibleAt: 'timestamptz',
    attributesJson: 'text',
    livemode: 'boolean',
    createdAt: 'timestamptz',
    customerEmail: 'text',
  },
});

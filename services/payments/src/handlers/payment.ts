import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps payments.payment at the newest state that any event told. */
export function paymentHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'payments.payment.v1'> {
  return erasable(paymentProjection, personal, { book });
}

/** Without what is done for erasures: what benchmarks compare. */
export const paymentProjection: ProjectionHandler<'payments.payment.v1'> = projectionHandler({
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
    payerEmail: 'text',
    subscriptionId: 'text',
    amountRefunded: 'bigint',
    feeAmount: 'bigint',
    netAmount: 'bigint',
    cardBrand: 'text',
    cardLast4: 'text',
  },
  // Stripe tells these by the charge, the rest by its PaymentIntent.
  apart: {
    charge: ['paymentMethodType', 'amountRefunded', 'feeAmount', 'netAmount', 'cardBrand', 'cardLast4'],
    // Both tell it; what the intent says is final with it, and must not keep the charge from telling the rest.
    payer: ['payerEmail'],
  },
});

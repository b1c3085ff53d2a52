import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps payments.subscription at the newest state that any event told. */
export function subscriptionHandler({
  book,
}: Pick<HandlerOffers, 'book'>): ProjectionHandler<'payments.subscription.v1'> {
  return erasable(projection, personal, { book });
}

const projection: ProjectionHandler<'payments.subscription.v1'> = projectionHandler({
  topic: 'payments.subscription.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    customerId: 'text',
    items: 'jsonb',
    itemsTruncated: 'boolean',
    currency: 'text',
    collectionMethod: 'text',
    paymentMethodId: 'text',
    latestInvoiceId: 'text',
    cancelAtPeriodEnd: 'boolean',
    cancelAt: 'timestamptz',
    cancellationReason: 'text',
    startedAt: 'timestamptz',
    trialStartsAt: 'timestamptz',
    trialEndsAt: 'timestamptz',
    currentPeriodStartsAt: 'timestamptz',
    currentPeriodEndsAt: 'timestamptz',
    canceledAt: 'timestamptz',
    endedAt: 'timestamptz',
    attributesJson: 'text',
    livemode: 'boolean',
    createdAt: 'timestamptz',
    customerEmail: 'text',
    nextBillingAt: 'timestamptz',
    failedPaymentCount: 'bigint',
    failureCode: 'text',
  },
  // Shopify tells of an attempt to bill without the contract.
  apart: { billing: ['nextBillingAt', 'failedPaymentCount', 'failureCode'] },
});

import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps payments.checkout at the newest state that any event told. */
export function checkoutHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'payments.checkout.v1'> {
  return erasable(projection, personal, { book });
}

const projection: ProjectionHandler<'payments.checkout.v1'> = projectionHandler({
  topic: 'payments.checkout.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    paymentStatus: 'text',
    mode: 'text',
    customerId: 'text',
    customerEmail: 'text',
    subtotal: 'bigint',
    taxAmount: 'bigint',
    discountAmount: 'bigint',
    shippingAmount: 'bigint',
    total: 'bigint',
    currency: 'text',
    paymentId: 'text',
    subscriptionId: 'text',
    invoiceId: 'text',
    orderId: 'text',
    orderNumber: 'text',
    clientReference: 'text',
    attributesJson: 'text',
    livemode: 'boolean',
    createdAt: 'timestamptz',
    completedAt: 'timestamptz',
    expiresAt: 'timestamptz',
    customerPhone: 'text',
    items: 'jsonb',
    itemsTruncated: 'boolean',
    discountCodes: 'text[]',
    tags: 'text[]',
    shippingCountry: 'text',
    fulfillmentStatus: 'text',
    shipmentStatus: 'text',
    trackingCompany: 'text',
    trackingNumber: 'text',
    cancellationReason: 'text',
    canceledAt: 'timestamptz',
  },
  // PayPal tells by an authorization that an order is covered, Shopify by a fulfillment where it is.
  apart: {
    payment_status: ['paymentStatus'],
    shipment: ['shipmentStatus', 'trackingCompany', 'trackingNumber'],
  },
});

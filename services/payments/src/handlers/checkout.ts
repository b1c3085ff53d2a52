import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

/** Keeps payments.checkout at the newest state that any event told. */
export const checkoutHandler: ProjectionHandler<'payments.checkout.v1'> = projectionHandler({
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
  },
});

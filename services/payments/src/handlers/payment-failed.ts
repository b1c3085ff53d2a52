import { type BatchHandler, type HandlerOffers, noticeHandler } from '@trunkline/consumer';

import { worthTellingMs } from './worth-telling.ts';

/** Asks that the owners of the source's phone be told of a payment that did not go through. */
export function paymentFailed({
  directory,
  notices,
}: Pick<HandlerOffers, 'directory' | 'notices'>): BatchHandler<'payments.payment.v1'> {
  return noticeHandler(
    {
      template: 'payment_failed',
      topic: 'payments.payment.v1',
      types: ['payments.payment.failed'],
      worthTellingMs,
      notice: ({ record: { metadata, amount, currency, failureCode, orderId, invoiceId } }) => ({
        phone: directory.phoneOfSource(metadata.tenantId, metadata.sourceId),
        parameters: { amount, currency, failureCode, orderId, invoiceId },
        names: [],
      }),
    },
    notices,
  );
}

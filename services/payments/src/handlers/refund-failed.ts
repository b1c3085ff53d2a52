import { type BatchHandler, type HandlerOffers, noticeHandler } from '@trunkline/consumer';

import { worthTellingMs } from './worth-telling.ts';

/** Asks that the owners of the source's phone be told of a refund that did not reach the customer. */
export function refundFailed({
  directory,
  notices,
}: Pick<HandlerOffers, 'directory' | 'notices'>): BatchHandler<'payments.refund.v1'> {
  return noticeHandler(
    {
      template: 'refund_failed',
      topic: 'payments.refund.v1',
      types: ['payments.refund.failed'],
      worthTellingMs,
      notice: ({ record: { metadata, amount, currency, failureReason, paymentId, orderId } }) => ({
        phone: directory.phoneOfSource(metadata.tenantId, metadata.sourceId),
        parameters: { amount, currency, failureReason, paymentId, orderId },
        names: [],
      }),
    },
    notices,
  );
}

import { type BatchHandler, type HandlerOffers, noticeHandler } from '@trunkline/consumer';

import { worthTellingMs } from './worth-telling.ts';

/** Asks that the owners of the source's phone be told of a payment that a customer disputes, and until when evidence is taken. */
export function disputeOpened({
  directory,
  notices,
}: Pick<HandlerOffers, 'directory' | 'notices'>): BatchHandler<'payments.dispute.v1'> {
  return noticeHandler(
    {
      template: 'dispute_opened',
      topic: 'payments.dispute.v1',
      types: ['payments.dispute.opened'],
      worthTellingMs,
      notice: ({ record: { metadata, amount, currency, reason, paymentId, evidenceDueAt } }) => ({
        phone: directory.phoneOfSource(metadata.tenantId, metadata.sourceId),
        parameters: {
          amount,
          currency,
          reason,
          paymentId,
          evidenceDueAt: evidenceDueAt === null ? null : new Date(evidenceDueAt).toISOString(),
        },
        names: [],
      }),
    },
    notices,
  );
}

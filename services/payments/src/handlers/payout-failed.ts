import { type BatchHandler, type HandlerOffers, noticeHandler } from '@trunkline/consumer';

import { worthTellingMs } from './worth-telling.ts';

/** Asks that the owners of the source's phone be told of a payout that did not reach the bank account. */
export function payoutFailed({
  directory,
  notices,
}: Pick<HandlerOffers, 'directory' | 'notices'>): BatchHandler<'payments.payout.v1'> {
  return noticeHandler(
    {
      template: 'payout_failed',
      topic: 'payments.payout.v1',
      types: ['payments.payout.failed'],
      worthTellingMs,
      notice: ({ record: { metadata, amount, currency, failureCode } }) => ({
        phone: directory.phoneOfSource(metadata.tenantId, metadata.sourceId),
        parameters: { amount, currency, failureCode },
        names: [],
      }),
    },
    notices,
  );
}

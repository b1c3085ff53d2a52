import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps telephony.message at the newest state that any event told. */
export function messageHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'telephony.message.v1'> {
  return erasable(projection, personal, { book });
}

/** A provider tells the text once and the status in callbacks, so every field has a version of its own. */
const projection: ProjectionHandler<'telephony.message.v1'> = projectionHandler({
  topic: 'telephony.message.v1',
  versions: 'field',
  columns: {
    status: 'text',
    providerStatus: 'text',
    direction: 'text',
    channel: 'text',
    fromAddress: 'text',
    toAddress: 'text',
    body: 'text',
    bodyTruncated: 'boolean',
    mediaCount: 'bigint',
    mediaTypes: 'text[]',
    segmentCount: 'bigint',
    messagingServiceId: 'text',
    conversationId: 'text',
    clientReference: 'text',
    failureCode: 'text',
    sentAt: 'timestamptz',
    completedAt: 'timestamptz',
    failureReason: 'text',
    failureReasonTruncated: 'boolean',
    senderName: 'text',
    repliesTo: 'text',
    replyPayload: 'text',
    priceMicros: 'bigint',
    priceCurrency: 'text',
  },
});

import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps telephony.call at the newest state that any event told. */
export function callHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'telephony.call.v1'> {
  return erasable(projection, personal, { book });
}

/** Twilio tells a part in each callback, so every field has a version of its own. */
const projection: ProjectionHandler<'telephony.call.v1'> = projectionHandler({
  topic: 'telephony.call.v1',
  versions: 'field',
  columns: {
    status: 'text',
    outcome: 'text',
    providerStatus: 'text',
    direction: 'text',
    fromAddress: 'text',
    toAddress: 'text',
    forwardedFrom: 'text',
    parentCallId: 'text',
    conversationId: 'text',
    durationSeconds: 'bigint',
    answeredBy: 'text',
    hangupCause: 'text',
    hangupSource: 'text',
    sipResponseCode: 'bigint',
    failureCode: 'text',
    startedAt: 'timestamptz',
    answeredAt: 'timestamptz',
    endedAt: 'timestamptz',
    priceMicros: 'bigint',
    priceCurrency: 'text',
  },
});

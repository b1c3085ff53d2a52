import { erasable, type HandlerOffers, projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

import { personal } from '../personal.ts';

/** Keeps telephony.transcript at the newest state that any event told. */
export function transcriptHandler({ book }: Pick<HandlerOffers, 'book'>): ProjectionHandler<'telephony.transcript.v1'> {
  return erasable(projection, personal, { book });
}

/** Every callback tells the whole transcript, so one version guards all fields. */
const projection: ProjectionHandler<'telephony.transcript.v1'> = projectionHandler({
  topic: 'telephony.transcript.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    callId: 'text',
    recordingId: 'text',
    conversationId: 'text',
    text: 'text',
    textTruncated: 'boolean',
    contentUrl: 'text',
    language: 'text',
    track: 'text',
    isFinal: 'boolean',
    sequence: 'bigint',
    failureCode: 'text',
  },
});

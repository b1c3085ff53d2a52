import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

/**
 * Keeps telephony.transcript at the newest state that any event told.
 * Every callback tells the whole transcript, so one version guards all fields.
 */
export const transcriptHandler: ProjectionHandler<'telephony.transcript.v1'> = projectionHandler({
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

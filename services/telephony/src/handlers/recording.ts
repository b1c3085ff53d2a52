import { projectionHandler, type ProjectionHandler } from '@trunkline/consumer';

/**
 * Keeps telephony.recording at the newest state that any event told.
 * Every callback tells the whole recording, so one version guards all fields.
 */
export const recordingHandler: ProjectionHandler<'telephony.recording.v1'> = projectionHandler({
  topic: 'telephony.recording.v1',
  versions: 'entity',
  columns: {
    status: 'text',
    providerStatus: 'text',
    callId: 'text',
    conversationId: 'text',
    mediaUrl: 'text',
    format: 'text',
    durationSeconds: 'bigint',
    channels: 'bigint',
    track: 'text',
    source: 'text',
    sizeBytes: 'bigint',
    failureCode: 'text',
    startedAt: 'timestamptz',
    endedAt: 'timestamptz',
  },
});

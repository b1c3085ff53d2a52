import { capText, type EventTypeOf, type ExactObject, textLimit } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readDecimal } from '../contract/text-values.ts';
import { readRfc2822 } from '../contract/times.ts';
import { readText } from '../contract/values.ts';

/** https://www.twilio.com/docs/voice/api/recording: absent is too short or silent, failed could not be encrypted. */
export const recordingStatuses: ReadonlyMap<string, EventTypeOf<'telephony.recording.v1'>> = new Map([
  ['completed', 'telephony.recording.available'],
  ['absent', 'telephony.recording.failed'],
  ['failed', 'telephony.recording.failed'],
]);

/** The transcription that the Record verb asks for; completed or failed. */
export const transcriptionStatuses: ReadonlyMap<string, EventTypeOf<'telephony.transcript.v1'>> = new Map([
  ['completed', 'telephony.transcript.available'],
  ['failed', 'telephony.transcript.failed'],
]);

export function recordingFact(parameters: ExactObject, publishUrl: boolean): SnapshotFact | undefined {
  const status = textMember(parameters, 'RecordingStatus') ?? '';
  const type = recordingStatuses.get(status);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('telephony.recording.v1', parameters);

  reader.say('status', type.slice('telephony.recording.'.length));
  reader.say('providerStatus', status);
  reader.state('callId', 'CallSid', readText);
  reader.state('conversationId', 'ConferenceSid', readText);
  if (publishUrl) reader.state('mediaUrl', 'RecordingUrl', readText);
  reader.state('durationSeconds', 'RecordingDuration', readDecimal);
  reader.state('channels', 'RecordingChannels', readDecimal);
  reader.state('track', 'RecordingTrack', readText);
  reader.state('source', 'RecordingSource', readText);
  // 0 says that there was none.
  if (textMember(parameters, 'ErrorCode') !== '0') reader.state('failureCode', 'ErrorCode', readText);
  reader.state('startedAt', 'RecordingStartTime', readRfc2822);
  return reader.fact(type);
}

export function transcriptionFact(parameters: ExactObject): SnapshotFact | undefined {
  const status = textMember(parameters, 'TranscriptionStatus') ?? '';
  const type = transcriptionStatuses.get(status);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('telephony.transcript.v1', parameters);

  reader.say('status', type.slice('telephony.transcript.'.length));
  reader.say('providerStatus', status);
  reader.state('callId', 'CallSid', readText);
  reader.state('recordingId', 'RecordingSid', readText);
  const said = textMember(parameters, 'TranscriptionText');
  if (said !== undefined) {
    const { text, truncated } = capText(said, textLimit.transcript);
    reader.say('text', text);
    reader.say('textTruncated', truncated);
  }
  return reader.fact(type);
}

import { type EventTypeOf, type ExactJson, type ExactObject, textLimit } from '@trunkline/events';

import { member, readJsonBody, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readDecimal } from '../contract/text-values.ts';
import { isCut, textUpTo } from '../contract/texts.ts';
import { readRfc2822 } from '../contract/times.ts';
import { readText } from '../contract/values.ts';
import { readErrorCode } from './call.ts';

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
  reader.state('failureCode', 'ErrorCode', readErrorCode);
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
  reader.state('text', 'TranscriptionText', textUpTo(textLimit.transcript));
  reader.state('textTruncated', 'TranscriptionText', isCut(textLimit.transcript));
  return reader.fact(type);
}

/** https://www.twilio.com/docs/voice/twiml/transcription: one part of a running transcription. */
export function livePartFact(parameters: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.transcript.v1', parameters);
  reader.say('status', 'available');
  reader.state('callId', 'CallSid', readText);
  reader.state('language', 'LanguageCode', readText);
  reader.state('track', 'Track', (track) => liveTracks.get(readText(track) ?? ''));
  reader.state('isFinal', 'Final', (isFinal) => liveFlags.get(readText(isFinal) ?? ''));
  reader.state('sequence', 'SequenceId', readDecimal);
  reader.state('text', 'TranscriptionData', (data) => wordsIn(data, textUpTo(textLimit.transcript)));
  reader.state('textTruncated', 'TranscriptionData', (data) => wordsIn(data, isCut(textLimit.transcript)));
  return reader.fact('telephony.transcript.available');
}

const liveTracks: ReadonlyMap<string, string> = new Map([
  ['inbound_track', 'inbound'],
  ['outbound_track', 'outbound'],
  ['both_tracks', 'both'],
]);

const liveFlags: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** The words stand in a JSON text inside of the form: `{"transcript":"…","confidence":0.9}`. */
function wordsIn<V>(data: ExactJson, read: (text: ExactJson) => V | undefined): V | undefined {
  const content = typeof data === 'string' ? readJsonBody(Buffer.from(data, 'utf8')) : undefined;
  const words = content?.readable === true ? member(content.value, 'transcript') : undefined;
  return words === undefined ? undefined : read(words);
}

import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephoneWithoutPlus } from '../contract/telephone.ts';
import { readDecimal } from '../contract/text-values.ts';
import { readAddress, readFilled } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readCount } from '../contract/values.ts';

interface CallStatus {
  readonly type: EventTypeOf<'telephony.call.v1'>;
  readonly outcome?: string;
  /** Where the status is the result of the detection of machines, and none of the call. */
  readonly answeredBy?: string;
}

/** https://developer.vonage.com/en/voice/voice-api/webhook-reference#event-webhook */
export const callStatuses: ReadonlyMap<string, CallStatus> = new Map([
  ['started', { type: 'telephony.call.initiated' }],
  ['ringing', { type: 'telephony.call.ringing' }],
  ['answered', { type: 'telephony.call.answered' }],
  ['human', { type: 'telephony.call.updated', answeredBy: 'human' }],
  ['machine', { type: 'telephony.call.updated', answeredBy: 'machine' }],
  ['completed', { type: 'telephony.call.completed', outcome: 'completed' }],
  ['busy', { type: 'telephony.call.completed', outcome: 'busy' }],
  ['timeout', { type: 'telephony.call.completed', outcome: 'no_answer' }],
  ['unanswered', { type: 'telephony.call.completed', outcome: 'no_answer' }],
  ['failed', { type: 'telephony.call.completed', outcome: 'failed' }],
  ['rejected', { type: 'telephony.call.completed', outcome: 'failed' }],
  ['cancelled', { type: 'telephony.call.completed', outcome: 'canceled' }],
]);

export function callFact(call: ExactObject, word: string, status: CallStatus): SnapshotFact {
  const reader = new SnapshotReader('telephony.call.v1', call);
  reader.state('direction', 'direction', readFilled);
  reader.state('fromAddress', 'from', readTelephoneWithoutPlus);
  reader.state('toAddress', 'to', readTelephoneWithoutPlus);
  reader.state('conversationId', 'conversation_uuid', readFilled);
  if (status.answeredBy !== undefined) {
    reader.say('answeredBy', status.answeredBy);
    return reader.fact(status.type);
  }
  reader.say('status', status.type.slice('telephony.call.'.length));
  reader.say('providerStatus', word);
  if (isTime(reader.find('start_time'))) reader.state('startedAt', 'start_time', readInstant);
  if (word === 'answered') reader.say('answeredAt', readInstant(call['timestamp']));
  if (status.outcome !== undefined) {
    reader.say('outcome', status.outcome);
    if (isTime(reader.find('end_time'))) reader.state('endedAt', 'end_time', readInstant);
    if (status.outcome === 'completed') reader.state('durationSeconds', 'duration', readNumber);
    else reader.say('durationSeconds', null);
    reader.state('hangupCause', 'detail', readFilled);
    reader.state('hangupSource', 'disconnected_by', readFilled);
    reader.state('sipResponseCode', 'sip_code', readNumber);
  }
  return reader.fact(status.type);
}

/** The call goes on in another conversation. */
export function transferFact(transfer: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.call.v1', transfer);
  reader.state('conversationId', 'conversation_uuid_to', readFilled);
  return reader.fact('telephony.call.updated');
}

/** The recording that an NCCO action asked for. Its address wants a token of the account. */
export function recordingFact(recording: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.recording.v1', recording);
  reader.say('status', 'available');
  reader.state('conversationId', 'conversation_uuid', readFilled);
  if (textMember(recording, 'recording_url') !== undefined) reader.state('mediaUrl', 'recording_url', readFilled);
  reader.state('sizeBytes', 'size', readNumber);
  if (isTime(reader.find('start_time'))) reader.state('startedAt', 'start_time', readInstant);
  if (isTime(reader.find('end_time'))) reader.state('endedAt', 'end_time', readInstant);
  return reader.fact('telephony.recording.available');
}

/** The text itself is behind an address that wants a token of the account. */
export function transcriptFact(transcript: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.transcript.v1', transcript);
  reader.say('status', 'available');
  reader.state('providerStatus', 'status', readFilled);
  reader.state('conversationId', 'conversation_uuid', readFilled);
  reader.state('recordingId', 'recording_uuid', readFilled);
  reader.state('contentUrl', 'transcription_url', readAddress);
  return reader.fact('telephony.transcript.available');
}

/** Unknown times are null or empty here, and neither is a time that was cleared. */
function isTime(value: ExactJson | undefined): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** A number, or its digits: Vonage writes both. */
export function readNumber(value: ExactJson): number | undefined {
  return typeof value === 'string' ? readDecimal(value) : readCount(value);
}

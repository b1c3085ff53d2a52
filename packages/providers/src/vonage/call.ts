import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readDecimal } from '../contract/text-values.ts';
import { readFilled } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readCount } from '../contract/values.ts';

interface CallStatus {
  readonly type: EventTypeOf<'telephony.call.v1'>;
  readonly outcome?: string;
}

/** https://developer.vonage.com/en/voice/voice-api/webhook-reference#event-webhook */
export const callStatuses: ReadonlyMap<string, CallStatus> = new Map([
  ['started', { type: 'telephony.call.initiated' }],
  ['ringing', { type: 'telephony.call.ringing' }],
  ['answered', { type: 'telephony.call.answered' }],
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
  reader.say('status', status.type.slice('telephony.call.'.length));
  reader.say('providerStatus', word);
  reader.state('direction', 'direction', readFilled);
  // As written: Vonage leaves the plus of a number away, so it cannot be told from a short code.
  reader.state('fromAddress', 'from', readFilled);
  reader.state('toAddress', 'to', readFilled);
  reader.state('conversationId', 'conversation_uuid', readFilled);
  // Unknown times are null here, and null is no time that was cleared.
  reader.say('startedAt', readInstant(call['start_time']));
  if (word === 'answered') reader.say('answeredAt', readInstant(call['timestamp']));
  if (status.outcome !== undefined) {
    reader.say('outcome', status.outcome);
    reader.say('endedAt', readInstant(call['end_time']));
    if (status.outcome === 'completed') reader.state('durationSeconds', 'duration', readNumber);
    else reader.say('durationSeconds', null);
    reader.state('hangupCause', 'detail', readFilled);
  }
  return reader.fact(status.type);
}

/** The recording that an NCCO action asked for. Its address wants a token of the account. */
export function recordingFact(recording: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.recording.v1', recording);
  reader.say('status', 'available');
  reader.state('conversationId', 'conversation_uuid', readFilled);
  if (textMember(recording, 'recording_url') !== undefined) reader.state('mediaUrl', 'recording_url', readFilled);
  reader.state('sizeBytes', 'size', readNumber);
  reader.say('startedAt', readInstant(recording['start_time']));
  reader.say('endedAt', readInstant(recording['end_time']));
  return reader.fact('telephony.recording.available');
}

/** A number, or its digits: Vonage writes both. */
export function readNumber(value: ExactJson): number | undefined {
  return typeof value === 'string' ? readDecimal(value) : readCount(value);
}

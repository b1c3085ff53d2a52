import { type EventTypeOf, type ExactJson, type ExactObject, textLimit } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { isCut, textUpTo } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readFlag, readText } from '../contract/values.ts';

/** https://developers.telnyx.com/docs/voice/programmable-voice/receiving-webhooks. A bridged call has been answered before. */
export const callTypes: ReadonlyMap<string, EventTypeOf<'telephony.call.v1'>> = new Map([
  ['call.initiated', 'telephony.call.initiated'],
  ['call.answered', 'telephony.call.answered'],
  ['call.bridged', 'telephony.call.updated'],
  ['call.machine.detection.ended', 'telephony.call.updated'],
  ['call.machine.premium.detection.ended', 'telephony.call.updated'],
  ['call.hangup', 'telephony.call.completed'],
]);

/** How a call ended, where its cause says so; `unspecified` does not. */
const outcomes: ReadonlyMap<string, string> = new Map([
  ['normal_clearing', 'completed'],
  ['time_limit', 'completed'],
  ['user_busy', 'busy'],
  ['no_answer', 'no_answer'],
  ['timeout', 'no_answer'],
  ['originator_cancel', 'canceled'],
  ['call_rejected', 'failed'],
  ['not_found', 'failed'],
]);

export function callFact(
  payload: ExactObject,
  type: EventTypeOf<'telephony.call.v1'>,
  occurredAt: number | undefined,
): SnapshotFact {
  const reader = new SnapshotReader('telephony.call.v1', payload);
  if (type !== 'telephony.call.updated') {
    reader.say('status', type.slice('telephony.call.'.length));
    reader.state('providerStatus', 'state', readText);
  }
  reader.state('direction', 'direction', (word) => directions.get(typeof word === 'string' ? word : ''));
  reader.state('fromAddress', 'from', readTelephone);
  reader.state('toAddress', 'to', readTelephone);
  reader.state('conversationId', 'call_session_id', readText);
  reader.state('startedAt', 'start_time', readInstant);
  if (type === 'telephony.call.updated') reader.state('answeredBy', 'result', readAnsweredBy);
  if (type === 'telephony.call.answered') reader.say('answeredAt', occurredAt);
  if (type === 'telephony.call.completed') stateEnd(reader, payload, occurredAt);
  return reader.fact(type);
}

const directions: ReadonlyMap<string, string> = new Map([
  ['incoming', 'inbound'],
  ['outgoing', 'outbound'],
]);

/** What the detection of machines found, in the words of every provider; a bridged call has no result. */
function readAnsweredBy(value: ExactJson): string | undefined {
  if (typeof value !== 'string') return undefined;
  return answeredBy.get(value) ?? value;
}

const answeredBy: ReadonlyMap<string, string> = new Map([
  ['human_residence', 'human'],
  ['human_business', 'human'],
  ['fax_detected', 'fax'],
  ['not_sure', 'unknown'],
]);

function stateEnd(
  reader: SnapshotReader<'telephony.call.v1'>,
  payload: ExactObject,
  occurredAt: number | undefined,
): void {
  const outcome = outcomes.get(textMember(payload, 'hangup_cause') ?? '');
  reader.say('outcome', outcome);
  // How long it took is not said; that nobody answered is.
  if (outcome !== undefined && outcome !== 'completed') reader.say('durationSeconds', null);
  reader.state('hangupCause', 'hangup_cause', readText);
  reader.state('hangupSource', 'hangup_source', readText);
  const sip = textMember(payload, 'sip_hangup_cause') ?? '';
  if (/^[1-6]\d\d$/.test(sip)) reader.say('sipResponseCode', Number(sip));
  reader.say('endedAt', occurredAt);
}

/** The addresses of the file are signed and let anybody in, so they are left out. */
export function recordingFact(payload: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.recording.v1', payload);
  reader.say('status', 'available');
  reader.state('callId', 'call_control_id', readText);
  reader.state('conversationId', 'call_session_id', readText);
  reader.say('format', formatOf(payload));
  reader.state('channels', 'channels', (word) => channelCounts.get(typeof word === 'string' ? word : ''));
  reader.state('startedAt', 'recording_started_at', readInstant);
  reader.state('endedAt', 'recording_ended_at', readInstant);
  const [from, to] = ['recording_started_at', 'recording_ended_at'].map((path) => readInstant(payload[path]));
  // Telnyx says when it began and ended, and leaves the difference to us.
  if (from !== undefined && to !== undefined && to >= from) {
    reader.say('durationSeconds', Math.round((to - from) / 1000));
  }
  return reader.fact('telephony.recording.available');
}

export function recordingErrorFact(payload: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.recording.v1', payload);
  reader.say('status', 'failed');
  reader.state('callId', 'call_control_id', readText);
  reader.state('conversationId', 'call_session_id', readText);
  reader.state('failureCode', 'reason', textUpTo(textLimit.reason));
  return reader.fact('telephony.recording.failed');
}

const channelCounts: ReadonlyMap<string, number> = new Map([
  ['single', 1],
  ['dual', 2],
]);

function formatOf(payload: ExactObject): string | undefined {
  const formats = ['mp3', 'wav'].filter((format) => textMember(payload['recording_urls'], format) !== undefined);
  return formats.length === 1 ? formats[0] : undefined;
}

/** One part of a running transcription. */
export function transcriptionFact(payload: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.transcript.v1', payload);
  reader.say('status', 'available');
  reader.state('callId', 'call_control_id', readText);
  reader.state('conversationId', 'call_session_id', readText);
  reader.state('text', 'transcription_data.transcript', textUpTo(textLimit.transcript));
  reader.state('textTruncated', 'transcription_data.transcript', isCut(textLimit.transcript));
  reader.state('track', 'transcription_data.transcription_track', readText);
  reader.state('isFinal', 'transcription_data.is_final', readFlag);
  return reader.fact('telephony.transcript.available');
}

/** The text of a whole recording. */
export function recordingTranscriptFact(payload: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.transcript.v1', payload);
  reader.say('status', 'available');
  reader.state('providerStatus', 'status', readText);
  reader.state('callId', 'call_control_id', readText);
  reader.state('conversationId', 'call_session_id', readText);
  reader.state('recordingId', 'recording_id', readText);
  reader.state('text', 'transcription_text', textUpTo(textLimit.transcript));
  reader.state('textTruncated', 'transcription_text', isCut(textLimit.transcript));
  return reader.fact('telephony.transcript.available');
}

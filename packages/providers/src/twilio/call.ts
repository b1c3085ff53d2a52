import type { EventTypeOf, ExactJson, ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readTelephone } from '../contract/telephone.ts';
import { readDecimal } from '../contract/text-values.ts';
import { readRfc2822 } from '../contract/times.ts';
import { readText } from '../contract/values.ts';

type CallType = EventTypeOf<'telephony.call.v1'>;

interface CallStatus {
  readonly type: CallType;
  readonly outcome?: string;
}

/** https://www.twilio.com/docs/voice/api/call-resource#call-status-values */
export const callStatuses: ReadonlyMap<string, CallStatus> = new Map([
  ['queued', { type: 'telephony.call.initiated' }],
  ['initiated', { type: 'telephony.call.initiated' }],
  ['ringing', { type: 'telephony.call.ringing' }],
  ['in-progress', { type: 'telephony.call.answered' }],
  ['completed', { type: 'telephony.call.completed', outcome: 'completed' }],
  ['busy', { type: 'telephony.call.completed', outcome: 'busy' }],
  ['no-answer', { type: 'telephony.call.completed', outcome: 'no_answer' }],
  ['failed', { type: 'telephony.call.completed', outcome: 'failed' }],
  ['canceled', { type: 'telephony.call.completed', outcome: 'canceled' }],
]);

/** When a call reached a state is a fact of its own; only the first status of each kind tells it. */
const instantOf: ReadonlyMap<string, 'startedAt' | 'answeredAt' | 'endedAt'> = new Map([
  ['initiated', 'startedAt'],
  ['in-progress', 'answeredAt'],
  ['completed', 'endedAt'],
  ['busy', 'endedAt'],
  ['no-answer', 'endedAt'],
  ['failed', 'endedAt'],
  ['canceled', 'endedAt'],
]);

/** What a request about a call says of it; undefined for a status that is not in the table. */
export function callFact(parameters: ExactObject): SnapshotFact | undefined {
  const word = textMember(parameters, 'CallStatus') ?? '';
  const status = callStatuses.get(word);
  if (status === undefined) return undefined;
  const reader = new SnapshotReader('telephony.call.v1', parameters);

  reader.say('status', status.type.slice('telephony.call.'.length));
  reader.say('providerStatus', word);
  reader.say('direction', directionOf(textMember(parameters, 'Direction')));
  reader.state('fromAddress', 'From', readTelephone);
  reader.state('toAddress', 'To', readTelephone);
  reader.state('forwardedFrom', 'ForwardedFrom', readTelephone);
  reader.state('parentCallId', 'ParentCallSid', readText);
  reader.state('answeredBy', 'AnsweredBy', readAnsweredBy);
  reader.state('sipResponseCode', 'SipResponseCode', readDecimal);
  reader.state('failureCode', 'ErrorCode', readErrorCode);
  if (status.outcome !== undefined) {
    reader.say('outcome', status.outcome);
    // Twilio says 0 for a call that nobody answered, which would be a duration.
    if (status.outcome === 'completed') reader.state('durationSeconds', 'CallDuration', readDecimal);
    else reader.say('durationSeconds', null);
  }
  const instant = instantOf.get(word);
  if (instant !== undefined) reader.state(instant, 'Timestamp', readRfc2822);
  return reader.fact(status.type);
}

/** outbound-api and outbound-dial are outbound; the words of SIP trunks say nothing about our side of the call. */
function directionOf(text: string | undefined): string | undefined {
  if (text === 'inbound') return 'inbound';
  return text?.startsWith('outbound') === true ? 'outbound' : undefined;
}

/** Who answered, as the detection of machines found it: while a call runs, and beside everything else about it. */
export function answeringFact(parameters: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.call.v1', parameters);
  reader.state('answeredBy', 'AnsweredBy', readAnsweredBy);
  return reader.fact('telephony.call.updated');
}

/** The call is one of several in a conference: its recordings name it as what the calls have in common. */
export function conferenceFact(parameters: ExactObject): SnapshotFact {
  const reader = new SnapshotReader('telephony.call.v1', parameters);
  reader.state('conversationId', 'ConferenceSid', readText);
  return reader.fact('telephony.call.updated');
}

/** machine_start, machine_end_beep, machine_end_silence, machine_end_other: when it was found, and always a machine. */
function readAnsweredBy(value: ExactJson): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.startsWith('machine_') ? 'machine' : value;
}

/** 0 says that there was none. */
export function readErrorCode(value: ExactJson): string | null | undefined {
  return value === '0' ? null : readText(value);
}

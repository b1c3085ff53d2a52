import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
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
  reader.state('fromAddress', 'From', readText);
  reader.state('toAddress', 'To', readText);
  reader.state('forwardedFrom', 'ForwardedFrom', readText);
  reader.state('parentCallId', 'ParentCallSid', readText);
  reader.state('answeredBy', 'AnsweredBy', readText);
  reader.state('sipResponseCode', 'SipResponseCode', readDecimal);
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

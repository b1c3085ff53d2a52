import { type ExactObject, maxIdLength } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { isFormType, readFormBody, readQuery, singleParameter } from '../contract/form-body.ts';
import { formObject } from '../contract/form-object.ts';
import { textMember } from '../contract/json-body.ts';
import { singleHeader } from '../contract/request.ts';

/**
 * What a Twilio request is about. Nothing in it names its kind, so its parameters tell:
 * - `call-progress`: a status callback of a call, with a sequence and a time.
 * - `voice`: what to do with this call? TwiML is wanted.
 * - `voice-action`: the same, and the result of a verb (Gather, Record, Dial) beside it. TwiML is wanted.
 * - `answering`: who answered a call, by the detection of machines that ran beside it.
 * - `live-transcript`: a part of what is said in a running call.
 * - `incoming-message`: TwiML is wanted.
 * - `conference-join`: a call became one of several in a conference.
 * - `other`: what names its event itself (Conversations, TaskRouter, conferences), and what nobody knows.
 */
export type TwilioKind =
  | 'call-progress'
  | 'voice'
  | 'voice-action'
  | 'answering'
  | 'conference-join'
  | 'recording'
  | 'transcription'
  | 'live-transcript'
  | 'incoming-message'
  | 'message-status'
  | 'other';

export interface TwilioMessage {
  readonly kind: TwilioKind;
  readonly parameters: ExactObject;
  /** What whoever sent the message put into the URL of its callback, as `request`, to recognise it. */
  readonly reference?: string;
}

/** The parameters of a form or a GET callback; undefined for another body, a text saying why for one that is unreadable. */
export function messageOf(delivery: Pick<VerifiedDelivery, 'request'>): TwilioMessage | string | undefined {
  const { request } = delivery;
  if (request.body.length > 0 && !isFormType(singleHeader(request, 'content-type'))) return undefined;
  // What a person put into the query of a POST is not Twilio's word, and tells nothing but what they meant by it.
  const form = request.method === 'GET' ? readQuery(request.target) : readFormBody(request.body);
  if (!form.readable) return form.reason;
  const parameters = formObject(form.parameters);
  const ids = Object.keys(parameters).filter((name) => name.endsWith('Sid'));
  if (ids.some((name) => (textMember(parameters, name) ?? '').length > maxIdLength)) {
    return `an id is longer than ${maxIdLength} characters`;
  }
  const reference = request.method === 'GET' ? undefined : referenceIn(request.target);
  return { kind: kindOf(parameters), parameters, ...(reference === undefined ? {} : { reference }) };
}

/** The signature is over the whole URL, so it is as it was asked for. */
function referenceIn(target: string): string | undefined {
  const query = readQuery(target);
  const reference = query.readable ? singleParameter(query.parameters, 'request') : undefined;
  return reference !== undefined && /^[A-Za-z0-9_-]{1,128}$/.test(reference) ? reference : undefined;
}

/**
 * Parameters that only the result of a TwiML verb has. Twilio adds parameters without notice, so a list of the plain
 * ones could not stay complete.
 */
const verbResults = [
  'Digits',
  'FinishedOnKey',
  'SpeechResult',
  'DialCallStatus',
  'DialCallSid',
  'RecordingUrl',
  'RecordingSid',
  'QueueSid',
  'QueueResult',
  'ConferenceSid',
  'ReferTransferTarget',
  'ReferCallStatus',
  'PaymentConnector',
  'Result',
  'ErrorUrl',
  'HandoffData',
  'msg',
];

function kindOf(parameters: ExactObject): TwilioKind {
  const has = (name: string): boolean => textMember(parameters, name) !== undefined;
  if (has('TranscriptionSid') && has('TranscriptionStatus')) return 'transcription';
  if (has('TranscriptionEvent')) {
    return textMember(parameters, 'TranscriptionEvent') === liveContent ? 'live-transcript' : 'other';
  }
  if (has('RecordingSid') && has('RecordingStatus')) return 'recording';
  if (has('CallSid') && has('CallStatus')) {
    if (textMember(parameters, 'CallbackSource') === 'call-progress-events') return 'call-progress';
    return verbResults.some(has) ? 'voice-action' : 'voice';
  }
  if (has('CallSid') && has('AnsweredBy')) return 'answering';
  if (has('CallSid') && has('ConferenceSid') && textMember(parameters, 'StatusCallbackEvent') === 'participant-join') {
    return 'conference-join';
  }
  return messageKind(parameters, has);
}

/** The event of a live transcription that carries words; the others say that it began, ended or failed. */
const liveContent = 'transcription-content';

/**
 * A message of Programmable Messaging says its status in a parameter of that name, and one that comes in has both ends.
 * Those of Conversations have neither: they are about a chat in which the account's own people write, too.
 */
function messageKind(parameters: ExactObject, has: (name: string) => boolean): TwilioKind {
  if (!has('MessageSid') && !has('SmsSid')) return 'other';
  if (has('MessageStatus')) return 'message-status';
  const status = textMember(parameters, 'SmsStatus');
  if (status !== undefined) return status === 'received' ? 'incoming-message' : 'message-status';
  return has('From') && has('To') && !has('EventType') ? 'incoming-message' : 'other';
}

import {
  canonicalText,
  type DraftIdentity,
  type EntityRef,
  type ExactJson,
  type ExactObject,
  idText,
  isExactObject,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { readFormBody, readQuery } from '../contract/form-body.ts';
import { formObject } from '../contract/form-object.ts';
import { readJsonBody, textMember } from '../contract/json-body.ts';
import type { Subject } from '../contract/subject.ts';
import { occurredAt, readInstant, readMilliseconds } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { callFact, callStatuses, recordingFact, transcriptFact, transferFact } from './call.ts';
import { messageFact, messageOrder, messageStatuses, smsFact, smsStatuses } from './message.ts';
import type { VonageOptions } from './options.ts';

/** What the callback says; a text where it cannot be read. */
export function contentOf(delivery: VerifiedDelivery<VonageOptions>): ExactObject | string {
  const { request, settings } = delivery;
  if (settings.options.signature === 'jwt') {
    const body = readJsonBody(request.body);
    if (!body.readable) return body.reason;
    return isExactObject(body.value) ? body.value : 'the body is not a JSON object';
  }
  const form = request.method === 'GET' ? readQuery(request.target) : readFormBody(request.body);
  return form.readable ? formObject(form.parameters) : form.reason;
}

/** Voice and Messages, by the id that each has. */
export function subjectOf(said: ExactObject): Subject {
  const messageId = usableId(said['message_uuid']);
  if (messageId !== undefined) return messageSubject(said, messageId);
  const recordingId = usableId(said['recording_uuid'], maxRecordingLength);
  if (recordingId !== undefined) {
    return said['status'] === undefined ? recordingSubject(said, recordingId) : transcriptSubject(said, recordingId);
  }
  // The results of the detection of machines name the call by another member.
  const callId = usableId(said['uuid']) ?? usableId(said['call_uuid']);
  return callId === undefined ? unknownSubject(said) : callSubject(said, callId);
}

/** The id of a text is that of its recording and a word more. */
const maxRecordingLength = 200;

/** Errors of a conversation, other products and what Vonage adds next: known by all they say, where that has a time. */
function unknownSubject(said: ExactObject): Subject {
  const conversation = usableId(said['conversation_uuid']);
  const at = otherTimes.map((name) => anyTime(said[name])).find((time) => time !== undefined);
  return {
    entity: conversation === undefined ? undefined : { kind: 'conversation', id: conversation },
    identity: at === undefined ? undefined : contentIdentity(said),
    occurred: occurredAt(at),
    name:
      textMember(said, 'type') ??
      textMember(said, 'event') ??
      (textMember(said, 'reason') === undefined ? undefined : 'error'),
  };
}

/** Where other products say when: Verify (`triggered_at`; `finalized_at` of its summary), Video (in milliseconds). */
const otherTimes = ['timestamp', 'triggered_at', 'finalized_at'] as const;

function anyTime(value: ExactJson | undefined): number | undefined {
  return readInstant(value) ?? readMilliseconds(value);
}

function callSubject(call: ExactObject, id: string): Subject {
  const entity = { kind: 'call', id };
  const word = textMember(call, 'status');
  if (word === undefined) return statelessSubject(call, entity);
  const status = callStatuses.get(word);
  return {
    entity,
    read: status === undefined ? undefined : callFact(call, word, status),
    identity: { basis: 'key', parts: [id, word, idText(call['timestamp'])] },
    ...timeOf(call),
    name: `call.${word}`,
  };
}

/** Callbacks about a call that say nothing of its state. */
function statelessSubject(call: ExactObject, entity: EntityRef): Subject {
  const { occurred, flaws } = timeOf(call);
  const identityOf = (name: string): DraftIdentity | undefined =>
    occurred.estimated ? undefined : { basis: 'key', parts: [entity.id, name, idText(call['timestamp'])] };
  if (call['dtmf'] !== undefined || call['speech'] !== undefined) {
    // The same moment may bring keys and speech: what was said is part of what it is known by.
    return { entity, identity: occurred.estimated ? undefined : contentIdentity(call), occurred, name: 'input' };
  }
  if (textMember(call, 'type') === 'transfer' || call['conversation_uuid_to'] !== undefined) {
    return { entity, read: transferFact(call), identity: identityOf('transfer'), occurred, flaws, name: 'transfer' };
  }
  // The request that asks what to do with a call: it names both ends, and no moment.
  if (
    textMember(call, 'from') !== undefined &&
    textMember(call, 'to') !== undefined &&
    call['timestamp'] === undefined
  ) {
    return {
      entity,
      identity: { basis: 'key', parts: [entity.id, 'answer'] },
      occurred: { estimated: true },
      name: 'answer',
    };
  }
  return { ...unknownSubject(call), entity };
}

function recordingSubject(recording: ExactObject, id: string): Subject {
  return {
    entity: { kind: 'recording', id },
    read: recordingFact(recording),
    identity: { basis: 'key', parts: [id, 'record'] },
    ...timeOf(recording),
    name: 'record',
  };
}

/**
 * The text of a recording, when it is ready: it names the recording and its own status, no moment, and `record` as its
 * type, as the recording before it does. One status of one recording is told once.
 */
function transcriptSubject(transcript: ExactObject, recordingId: string): Subject {
  const word = textMember(transcript, 'status') ?? '';
  const at = readInstant(transcript['timestamp']);
  return {
    entity: { kind: 'transcript', id: `${recordingId}:transcription` },
    read: word === transcribed ? transcriptFact(transcript) : undefined,
    identity: { basis: 'key', parts: [recordingId, 'transcription', word] },
    occurred: occurredAt(at),
    name: word === transcribed ? 'transcription' : `transcription.${word}`,
  };
}

const transcribed = 'transcribed';

function messageSubject(message: ExactObject, id: string): Subject {
  const word = textMember(message, 'status') ?? 'received';
  const type = messageStatuses.get(word);
  return {
    entity: { kind: 'message', id },
    read: type === undefined ? undefined : messageFact(message, word, type),
    identity: { basis: 'key', parts: [id, word] },
    ...timeOf(message),
    orderBy: messageOrder(message),
    name: `message.${word}`,
  };
}

/** A delivery receipt has a status, an incoming message has none. Their times are those of the callback. */
export function smsSubject(sms: ExactObject): Subject {
  const id = usableId(sms['messageId']);
  if (id === undefined) {
    const isTold = sms['timestamp'] !== undefined || sms['message-timestamp'] !== undefined;
    return { entity: undefined, identity: isTold ? contentIdentity(sms) : undefined, occurred: { estimated: true } };
  }
  const word = textMember(sms, 'status') ?? 'received';
  const type = smsStatuses.get(word);
  return {
    entity: { kind: 'message', id },
    read: type === undefined ? undefined : smsFact(sms, word, type),
    identity: { basis: 'key', parts: [id, word] },
    occurred: { estimated: true },
    name: `sms.${word}`,
  };
}

function contentIdentity(said: ExactObject): DraftIdentity {
  return { basis: 'hash', canonicalItem: canonicalText(said), occurrence: 0 };
}

function timeOf(said: ExactObject): Required<Pick<Subject, 'occurred' | 'flaws'>> {
  const at = readInstant(said['timestamp']);
  return { occurred: occurredAt(at), flaws: at === undefined ? ['timestamp'] : [] };
}

import type { EntityRef, ExactObject, OrderBy } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import type { Subject } from '../contract/subject.ts';
import { readDecimal } from '../contract/text-values.ts';
import { occurredAt, readRfc2822 } from '../contract/times.ts';
import { answeringFact, callFact, conferenceFact } from './call.ts';
import type { TwilioMessage } from './message-of.ts';
import { messageFact, messageOrder, messageSidOf, messageStatusOf } from './message.ts';
import { namedSubject } from './named.ts';
import type { TwilioOptions } from './options.ts';
import { livePartFact, recordingFact, transcriptionFact } from './recording.ts';

export function subjectOf({ kind, parameters, reference }: TwilioMessage, options: TwilioOptions): Subject {
  const text = (name: string): string => textMember(parameters, name) ?? '';
  switch (kind) {
    case 'call-progress':
      return progressSubject(parameters);
    case 'voice':
      // The first request of a call has no time of its own, so it only fills gaps.
      return {
        entity: callOf(parameters),
        read: callFact(parameters),
        identity: { basis: 'key', parts: [text('CallSid'), text('CallStatus')] },
        occurred: { estimated: true },
        name: `call.${text('CallStatus')}`,
      };
    case 'voice-action':
      // The result of a verb says little about the call and may come again and again with equal parameters.
      return { entity: callOf(parameters), identity: undefined, occurred: { estimated: true }, name: 'call.action' };
    case 'answering':
      return {
        entity: callOf(parameters),
        read: answeringFact(parameters),
        // It is detected once in a call.
        identity: { basis: 'key', parts: [text('CallSid'), 'answering', text('AnsweredBy')] },
        occurred: { estimated: true },
        name: 'call.answering',
      };
    case 'conference-join':
      return { ...namedSubject(parameters), entity: callOf(parameters), read: conferenceFact(parameters) };
    case 'recording':
      return {
        entity: { kind: 'recording', id: text('RecordingSid') },
        read: recordingFact(parameters, options.publishRecordingUrls),
        identity: { basis: 'key', parts: [text('RecordingSid'), text('RecordingStatus')] },
        // RecordingStartTime is when it began, not when it became available.
        occurred: { estimated: true },
        orderBy: orderByCall(parameters),
        name: `recording.${text('RecordingStatus')}`,
      };
    case 'transcription':
      return {
        entity: { kind: 'transcript', id: text('TranscriptionSid') },
        read: transcriptionFact(parameters),
        identity: { basis: 'key', parts: [text('TranscriptionSid'), text('TranscriptionStatus')] },
        occurred: { estimated: true },
        orderBy: orderByCall(parameters),
        name: `transcription.${text('TranscriptionStatus')}`,
      };
    case 'live-transcript':
      return liveSubject(parameters);
    case 'incoming-message':
    case 'message-status':
      return {
        entity: { kind: 'message', id: messageSidOf(parameters) ?? '' },
        read: messageFact(parameters, reference),
        identity: { basis: 'key', parts: [messageSidOf(parameters) ?? '', messageStatusOf(parameters)] },
        occurred: { estimated: true },
        orderBy: messageOrder(parameters),
        name: `message.${messageStatusOf(parameters)}`,
      };
    case 'other':
      return namedSubject(parameters);
  }
}

/** A callback about progress has a sequence and a time. */
function progressSubject(parameters: ExactObject): Subject {
  const text = (name: string): string => textMember(parameters, name) ?? '';
  const at = readRfc2822(parameters['Timestamp']);
  return {
    entity: callOf(parameters),
    read: callFact(parameters),
    identity: { basis: 'key', parts: [text('CallSid'), text('CallStatus'), text('SequenceNumber')] },
    occurred: occurredAt(at),
    providerSequence: readDecimal(parameters['SequenceNumber']),
    name: `call.${text('CallStatus')}`,
    flaws: at === undefined ? ['Timestamp'] : [],
  };
}

/** Each part is an entity of its own: the next one says something else and corrects nothing. */
function liveSubject(parameters: ExactObject): Subject {
  const session = textMember(parameters, 'TranscriptionSid');
  const sequence = textMember(parameters, 'SequenceId');
  if (session === undefined || sequence === undefined) return namedSubject(parameters);
  const named = namedSubject(parameters);
  return {
    ...named,
    entity: { kind: 'transcript', id: `${session}:${sequence}` },
    read: livePartFact(parameters),
    identity: { basis: 'key', parts: [session, 'transcription-content', sequence] },
    orderBy: orderByCall(parameters),
  };
}

function callOf(parameters: ExactObject): EntityRef {
  return { kind: 'call', id: textMember(parameters, 'CallSid') ?? '' };
}

function orderByCall(parameters: ExactObject): OrderBy | undefined {
  const id = textMember(parameters, 'CallSid');
  return id === undefined ? undefined : { by: 'entity', entity: { kind: 'call', id } };
}

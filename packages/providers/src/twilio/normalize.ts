import type { DraftIdentity, EntityRef, ExactObject, Occurred, OrderBy } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness, type SnapshotFact } from '../contract/snapshot.ts';
import { readDecimal } from '../contract/text-values.ts';
import { readRfc2822 } from '../contract/times.ts';
import { callFact } from './call.ts';
import { normalizeJson } from './json.ts';
import { messageOf, type TwilioMessage } from './message-of.ts';
import { messageFact, messageOrder, messageSidOf, messageStatusOf } from './message.ts';
import type { TwilioOptions } from './options.ts';
import { recordingFact, transcriptionFact } from './recording.ts';

/** One form or GET callback is one event; a JSON body may be several. */
export function normalizeTwilio(delivery: VerifiedDelivery<TwilioOptions>): Normalization {
  const message = messageOf(delivery);
  if (message === undefined) return normalizeJson(delivery);
  if (typeof message === 'string') return unreadableDelivery(delivery, message);
  const subject = subjectOf(message, delivery.settings.options);
  const account = textMember(message.parameters, 'AccountSid') ?? fallbackAccount(delivery);
  if (subject?.read === undefined) return passOn(delivery, account, subject ?? otherSubject(message.parameters));

  const { read, entity, identity, occurred, orderBy, providerSequence } = subject;
  const draft = draftOf({
    ...read.fact,
    account,
    entity,
    identity,
    occurred,
    ...(orderBy === undefined ? {} : { orderBy }),
    ...(providerSequence === undefined ? {} : { providerSequence }),
  });
  return { ...completeness(read.unreadable), events: [draft] };
}

/** What one request is about. */
interface Subject {
  readonly entity: EntityRef | undefined;
  /** Undefined where the request has no canonical form. */
  readonly read: SnapshotFact | undefined;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
  readonly orderBy?: OrderBy | undefined;
  readonly providerSequence?: number | undefined;
  /** In the words of the provider's page. */
  readonly name?: string | undefined;
}

/** Undefined where the request is of no kind that has a canonical form. */
function subjectOf(
  { kind, parameters }: TwilioMessage,
  options: TwilioOptions,
): (Subject & { entity: EntityRef }) | undefined {
  const text = (name: string): string => textMember(parameters, name) ?? '';
  switch (kind) {
    case 'call-progress':
    case 'voice':
    case 'voice-action':
      return callSubject(kind, parameters);
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
    case 'incoming-message':
    case 'message-status':
      return {
        entity: { kind: 'message', id: messageSidOf(parameters) ?? '' },
        read: messageFact(parameters),
        identity: { basis: 'key', parts: [messageSidOf(parameters) ?? '', messageStatusOf(parameters)] },
        occurred: { estimated: true },
        orderBy: messageOrder(parameters),
        name: `message.${messageStatusOf(parameters)}`,
      };
    case 'other':
      return undefined;
  }
}

/**
 * A callback about progress has a sequence and a time; the first request of a call has neither, so it only fills gaps.
 * The result of a verb says little about the call and may come again and again with equal parameters.
 */
function callSubject(
  kind: 'call-progress' | 'voice' | 'voice-action',
  parameters: ExactObject,
): Subject & { entity: EntityRef } {
  const id = textMember(parameters, 'CallSid') ?? '';
  const status = textMember(parameters, 'CallStatus') ?? '';
  const entity = { kind: 'call', id };
  if (kind === 'voice-action') {
    return {
      entity,
      read: undefined,
      identity: { basis: 'rx', index: 0 },
      occurred: { estimated: true },
      name: 'call.action',
    };
  }
  const read = callFact(parameters);
  const name = `call.${status}`;
  if (kind === 'voice') {
    return { entity, read, identity: { basis: 'key', parts: [id, status] }, occurred: { estimated: true }, name };
  }
  const at = readRfc2822(parameters['Timestamp']);
  return {
    entity,
    read,
    identity: { basis: 'key', parts: [id, status, textMember(parameters, 'SequenceNumber') ?? ''] },
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    providerSequence: readDecimal(parameters['SequenceNumber']),
    name,
  };
}

function orderByCall(parameters: ExactObject): OrderBy | undefined {
  const id = textMember(parameters, 'CallSid');
  return id === undefined ? undefined : { by: 'entity', entity: { kind: 'call', id } };
}

/** Conference, stream, queue and what Twilio adds next: in order with the call it names, and new at each reception. */
function otherSubject(parameters: ExactObject): Subject {
  const call = textMember(parameters, 'CallSid');
  const conference = textMember(parameters, 'ConferenceSid');
  const entity = conference === undefined ? call && { kind: 'call', id: call } : { kind: 'conference', id: conference };
  return {
    entity: entity || undefined,
    read: undefined,
    identity: { basis: 'rx', index: 0 },
    occurred: { estimated: true },
    name: textMember(parameters, 'StatusCallbackEvent') ?? textMember(parameters, 'TranscriptionEvent'),
  };
}

function passOn(delivery: VerifiedDelivery<TwilioOptions>, account: string, subject: Subject): Normalization {
  const { entity, identity, occurred, name } = subject;
  const event = integrationEvent(delivery, {
    account,
    entity: entity ?? contentEntity(delivery),
    identity,
    occurred,
    ...(name === undefined ? {} : { originalType: name }),
  });
  return { verdict: 'normalised', events: [event] };
}

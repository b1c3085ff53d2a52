import type { EntityRef, EventType, ExactObject, OrderBy } from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { isFormType } from '../contract/form-body.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { singleHeader } from '../contract/request.ts';
import { completeness, type SnapshotFact } from '../contract/snapshot.ts';
import { occurredAt, readInstant } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import {
  callFact,
  callTypes,
  recordingErrorFact,
  recordingFact,
  recordingTranscriptFact,
  transcriptionFact,
} from './call.ts';
import { messageFact, messageOrder, messageTypes } from './message.ts';
import { normalizeTexml } from './texml.ts';

interface TelnyxEvent {
  readonly id: string;
  readonly name: string | undefined;
  readonly at: number | undefined;
  readonly payload: ExactObject;
}

/** What one event says of its entity. */
interface Reading {
  readonly entity: EntityRef;
  readonly read: SnapshotFact;
  readonly orderBy?: OrderBy | undefined;
}

/** The types with a canonical form and what they become, for the provider's page; a finalized message may be either. */
export const telnyxTypes: readonly (readonly [from: string, to: EventType])[] = [
  ...callTypes,
  ['call.recording.saved', 'telephony.recording.available'],
  ['call.recording.error', 'telephony.recording.failed'],
  ['call.transcription', 'telephony.transcript.available'],
  ['call.recording.transcription.saved', 'telephony.transcript.available'],
  ['message.received', 'telephony.message.received'],
  ['message.sent', 'telephony.message.sent'],
  ['message.finalized', 'telephony.message.delivered'],
  ['message.finalized', 'telephony.message.failed'],
  ['message.read', 'telephony.message.read'],
];

/** What Telnyx sends beside them, as far as it is documented. */
export const telnyxPassedOn: readonly string[] = [
  'call.dtmf.received',
  'call.gather.ended',
  'call.machine.greeting.ended',
  'call.speak.started',
  'call.speak.ended',
  'call.playback.started',
  'call.playback.ended',
  'call.enqueued',
  'call.dequeued',
  'call.refer.completed',
  'call.streaming.started',
  'call.streaming.stopped',
  'conference.created',
  'conference.ended',
  'conference.participant.joined',
  'conference.participant.left',
  'fax.delivered',
  'fax.received',
  'fax.failed',
  'texml.*',
];

/** One delivery is one event, known by `data.id`; `meta` counts the attempts and says nothing else. */
export function normalizeTelnyx(delivery: VerifiedDelivery): Normalization {
  if (isFormType(singleHeader(delivery.request, 'content-type'))) return normalizeTexml(delivery);
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  const id = usableId(member(objectMember(body.value, 'data'), 'id'));
  if (id === undefined) return unreadableDelivery(delivery, 'the event has no id');
  const data = objectMember(body.value, 'data');
  const payload = objectMember(data, 'payload');
  const event: TelnyxEvent = {
    id,
    name: textMember(data, 'event_type'),
    at: readInstant(member(data, 'occurred_at')),
    payload: payload ?? {},
  };
  const reading = readingOf(event);
  return reading === undefined ? passOn(delivery, event) : draftFor(delivery, event, reading);
}

function draftFor(delivery: VerifiedDelivery, { id, at }: TelnyxEvent, reading: Reading): Normalization {
  const { entity, read, orderBy } = reading;
  const draft = draftOf({
    ...read.fact,
    account: fallbackAccount(delivery),
    entity,
    identity: { basis: 'id', id },
    occurred: occurredAt(at),
    ...(orderBy === undefined ? {} : { orderBy }),
    providerEventId: id,
  });
  return { ...completeness([...timeFlaws(at), ...read.unreadable]), events: [draft] };
}

function readingOf({ id, name, at, payload }: TelnyxEvent): Reading | undefined {
  const callType = callTypes.get(name ?? '');
  const callId = usableId(payload['call_control_id']);
  const orderBy: OrderBy | undefined =
    callId === undefined ? undefined : { by: 'entity', entity: { kind: 'call', id: callId } };
  if (callType !== undefined) {
    return callId === undefined
      ? undefined
      : { entity: { kind: 'call', id: callId }, read: callFact(payload, callType, at) };
  }
  switch (name) {
    case 'call.recording.saved':
      // Older messages do not name the recording; each of them is about one of its own.
      return {
        entity: { kind: 'recording', id: usableId(payload['recording_id']) ?? id },
        read: recordingFact(payload),
        orderBy,
      };
    case 'call.recording.error':
      return { entity: { kind: 'recording', id }, read: recordingErrorFact(payload), orderBy };
    case 'call.transcription':
      return { entity: { kind: 'transcript', id }, read: transcriptionFact(payload), orderBy };
    case 'call.recording.transcription.saved': {
      const transcriptId = usableId(payload['recording_transcription_id']) ?? id;
      return { entity: { kind: 'transcript', id: transcriptId }, read: recordingTranscriptFact(payload), orderBy };
    }
    default:
      return messageReading(name, payload);
  }
}

function messageReading(name: string | undefined, payload: ExactObject): Reading | undefined {
  const type = messageTypes.get(name ?? '')?.(payload);
  const id = usableId(payload['id']);
  if (type === undefined || id === undefined) return undefined;
  return { entity: { kind: 'message', id }, read: messageFact(payload, type), orderBy: messageOrder(payload) };
}

/** No canonical form: speech, keys, conferences, fax, a finalized message of which nobody knows whether it arrived. */
function passOn(delivery: VerifiedDelivery, { id, name, at, payload }: TelnyxEvent): Normalization {
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: entityOf(name, payload) ?? { kind: 'event', id },
    identity: { basis: 'id', id },
    occurred: occurredAt(at),
    ...(name === undefined ? {} : { originalType: name }),
    providerEventId: id,
  });
  const isMapped = telnyxTypes.some(([from]) => from === name && from !== 'message.finalized');
  if (!isMapped) return { ...completeness(timeFlaws(at)), events: [event] };
  return { verdict: 'partial', reason: 'its payload does not name the call or message it is about', events: [event] };
}

/** What a message without a canonical form is about: the same entity as everything else that is said of it. */
function entityOf(name: string | undefined, payload: ExactObject): EntityRef | undefined {
  const named = (kind: string, member: string): EntityRef | undefined => {
    const id = usableId(payload[member]);
    return id === undefined ? undefined : { kind, id };
  };
  if (name?.startsWith('message.') === true) return named('message', 'id');
  if (name?.startsWith('fax.') === true) return named('fax', 'fax_id');
  return named('conference', 'conference_id') ?? named('call', 'call_control_id');
}

/** Telnyx says of every event when it occurred. */
function timeFlaws(at: number | undefined): readonly string[] {
  return at === undefined ? ['occurred_at'] : [];
}

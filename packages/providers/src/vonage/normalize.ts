import {
  type DraftIdentity,
  type EntityRef,
  type ExactObject,
  idText,
  isExactObject,
  type Occurred,
  type OrderBy,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { readFormBody, readQuery } from '../contract/form-body.ts';
import { formObject } from '../contract/form-object.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness, type SnapshotFact } from '../contract/snapshot.ts';
import { readInstant } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { callFact, callStatuses, recordingFact } from './call.ts';
import { messageFact, messageOrder, messageStatuses, smsFact, smsStatuses } from './message.ts';
import type { VonageOptions } from './options.ts';

/** What one callback is about. */
interface Subject {
  readonly entity: EntityRef | undefined;
  /** Undefined where the callback has no canonical form. */
  readonly read?: SnapshotFact | undefined;
  readonly identity: DraftIdentity;
  readonly occurred: Occurred;
  readonly orderBy?: OrderBy | undefined;
  /** In the words of the provider's page. */
  readonly name?: string | undefined;
}

/** One callback is one event. Nothing in it is an id of its own, so the object and its status are. */
export function normalizeVonage(delivery: VerifiedDelivery<VonageOptions>): Normalization {
  const said = contentOf(delivery);
  if (typeof said === 'string') return unreadableDelivery(delivery, said);
  const subject = delivery.settings.options.signature === 'jwt' ? subjectOf(said) : smsSubject(said);
  const { entity, read, identity, occurred, orderBy, name } = subject;
  const account = fallbackAccount(delivery);
  if (read !== undefined && entity !== undefined) {
    const draft = draftOf({
      ...read.fact,
      account,
      entity,
      identity,
      occurred,
      ...(orderBy === undefined ? {} : { orderBy }),
    });
    return { ...completeness(read.unreadable), events: [draft] };
  }
  const event = integrationEvent(delivery, {
    account,
    entity: entity ?? contentEntity(delivery),
    identity,
    occurred,
    ...(name === undefined ? {} : { originalType: name }),
  });
  return { verdict: 'normalised', events: [event] };
}

function contentOf(delivery: VerifiedDelivery<VonageOptions>): ExactObject | string {
  const { request, settings } = delivery;
  if (settings.options.signature === 'jwt') {
    const body = readJsonBody(request.body);
    if (!body.readable) return body.reason;
    return isExactObject(body.value) ? body.value : 'the body is not a JSON object';
  }
  const form = request.method === 'GET' ? readQuery(request.target) : readFormBody(request.body);
  return form.readable ? formObject(form.parameters) : form.reason;
}

const unknown: Subject = { entity: undefined, identity: { basis: 'rx', index: 0 }, occurred: { estimated: true } };

/** Voice and Messages, by the id that each has. */
function subjectOf(said: ExactObject): Subject {
  const messageId = usableId(said['message_uuid']);
  if (messageId !== undefined) return messageSubject(said, messageId);
  const recordingId = usableId(said['recording_uuid']);
  if (recordingId !== undefined) return recordingSubject(said, recordingId);
  const callId = usableId(said['uuid']);
  return callId === undefined ? unknown : callSubject(said, callId);
}

function callSubject(call: ExactObject, id: string): Subject {
  const entity = { kind: 'call', id };
  const word = textMember(call, 'status');
  // The request that asks what to do with a call says nothing of its state.
  if (word === undefined) {
    return { entity, identity: { basis: 'key', parts: [id, 'answer'] }, occurred: { estimated: true }, name: 'answer' };
  }
  const status = callStatuses.get(word);
  return {
    entity,
    read: status === undefined ? undefined : callFact(call, word, status),
    identity: { basis: 'key', parts: [id, word, idText(call['timestamp'])] },
    occurred: occurredAt(call),
    name: `call.${word}`,
  };
}

function recordingSubject(recording: ExactObject, id: string): Subject {
  return {
    entity: { kind: 'recording', id },
    read: recordingFact(recording),
    identity: { basis: 'key', parts: [id, 'record'] },
    occurred: occurredAt(recording),
  };
}

function messageSubject(message: ExactObject, id: string): Subject {
  const word = textMember(message, 'status') ?? 'received';
  const type = messageStatuses.get(word);
  return {
    entity: { kind: 'message', id },
    read: type === undefined ? undefined : messageFact(message, word, type),
    identity: { basis: 'key', parts: [id, word] },
    occurred: occurredAt(message),
    orderBy: messageOrder(message),
    name: `message.${word}`,
  };
}

/** A delivery receipt has a status, an incoming message has none. Their times are those of the callback. */
function smsSubject(sms: ExactObject): Subject {
  const id = usableId(sms['messageId']);
  if (id === undefined) return unknown;
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

function occurredAt(said: ExactObject): Occurred {
  const at = readInstant(said['timestamp']);
  return at === undefined ? { estimated: true } : { at, estimated: false };
}

/** Whether the callback asks what to do with a call. */
export function asksForAnswer(delivery: VerifiedDelivery<VonageOptions>): boolean {
  if (delivery.settings.options.signature !== 'jwt') return false;
  const said = contentOf(delivery);
  return typeof said !== 'string' && subjectOf(said).name === 'answer';
}

import { canonicalText, type DraftIdentity, type EntityRef, type ExactJson, type ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import type { Subject } from '../contract/subject.ts';
import { occurredAt, readDecimalSeconds, readInstant, readMilliseconds, readRfc2822 } from '../contract/times.ts';

/** What Twilio sends beside calls, recordings and messages, as far as it is documented, under these names. */
export const passedOn: readonly string[] = [
  'call.action',
  'recording.in-progress',
  'conference-start',
  'conference-end',
  'participant-leave',
  'transcription-started',
  'transcription-stopped',
  'transcription-error',
  'stream-started',
  'stream-stopped',
  'onConversationAdded',
  'onParticipantAdded',
  'onMessageAdded',
  'onMessageUpdated',
  'onMessageRemoved',
  'onDeliveryUpdated',
  'task.created',
  'task.completed',
  'reservation.created',
  'reservation.accepted',
  'debugger.error',
  'com.twilio.*',
];

/** Parameters with the name of the event, whichever product sends it; only the debugger has a level instead. */
const nameParameters = ['EventType', 'StatusCallbackEvent', 'TranscriptionEvent', 'StreamEvent', 'Event'];

/** What such a request is about, the narrowest first: the kind of entity by the parameter that has its id. */
const entityParameters: readonly (readonly [name: string, kind: string])[] = [
  ['MessageSid', 'message'],
  ['ParticipantSid', 'participant'],
  ['ConversationSid', 'conversation'],
  ['RoomSid', 'room'],
  ['ConferenceSid', 'conference'],
  ['TranscriptionSid', 'transcription'],
  ['StreamSid', 'stream'],
  ['CallSid', 'call'],
];

/** A conversation, conference, task, stream and what Twilio adds next, under the name that it gives itself. */
export function namedSubject(parameters: ExactObject): Subject {
  const name = nameParameters.map((parameter) => textMember(parameters, parameter)).find((text) => text !== undefined);
  const level = textMember(parameters, 'Level');
  return {
    entity: entityOf(parameters),
    identity: identityOf(parameters),
    occurred: occurredAt(timeOf(parameters)),
    name: name ?? (level === undefined ? undefined : `debugger.${level.toLowerCase()}`),
  };
}

/** TaskRouter names what its event is about in two parameters, the others have one for each kind. */
function entityOf(parameters: ExactObject): EntityRef | undefined {
  const kind = textMember(parameters, 'ResourceType');
  const id = textMember(parameters, 'ResourceSid');
  if (kind !== undefined && id !== undefined && /^[a-z_-]{1,64}$/i.test(kind)) return { kind: kind.toLowerCase(), id };
  const found = entityParameters.find(([name]) => textMember(parameters, name) !== undefined);
  if (found !== undefined) return { kind: found[1], id: textMember(parameters, found[0]) ?? '' };
  const event = textMember(parameters, 'Sid');
  return event === undefined ? undefined : { kind: 'event', id: event };
}

/** `Sid` is the id of the event itself; where there is none, all it says, if that holds what no other of its kind has. */
function identityOf(parameters: ExactObject): DraftIdentity | undefined {
  const id = textMember(parameters, 'Sid');
  if (id !== undefined) return { basis: 'id', id };
  const isTold = timeOf(parameters) !== undefined || countParameters.some((name) => name in parameters);
  return isTold ? { basis: 'hash', canonicalItem: canonicalText(parameters), occurrence: 0 } : undefined;
}

/** What counts the events of one conference or transcription. */
const countParameters = ['SequenceNumber', 'SequenceId'];

/** Products write their time under different names and in different forms. */
const timeParameters = ['TimestampMs', 'Timestamp', 'DateUpdated', 'DateCreated'];

function timeOf(parameters: ExactObject): number | undefined {
  return timeParameters.map((name) => anyTime(parameters[name])).find((at) => at !== undefined);
}

function anyTime(value: ExactJson | undefined): number | undefined {
  return readRfc2822(value) ?? readInstant(value) ?? readMilliseconds(value) ?? readDecimalSeconds(value);
}

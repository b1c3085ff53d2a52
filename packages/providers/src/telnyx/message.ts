import { type EventTypeOf, type ExactJson, type ExactObject, type OrderBy, textLimit } from '@trunkline/events';

import { member, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { orderByNumbers } from '../contract/telephone.ts';
import { isCut, textUpTo } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readCount, readText } from '../contract/values.ts';

type MessageType = EventTypeOf<'telephony.message.v1'>;

/** What the last status of a recipient means; `delivery_unconfirmed` means neither. */
const finalTypes: ReadonlyMap<string, MessageType> = new Map([
  ['delivered', 'telephony.message.delivered'],
  ['sending_failed', 'telephony.message.failed'],
  ['delivery_failed', 'telephony.message.failed'],
]);

/** https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks; a finalized message says in its status how. */
export const messageTypes: ReadonlyMap<string, (payload: ExactObject) => MessageType | undefined> = new Map([
  ['message.received', () => 'telephony.message.received'],
  ['message.sent', () => 'telephony.message.sent'],
  ['message.finalized', finalType],
  ['message.read', () => 'telephony.message.read'],
]);

/** Of a group only what is true of all its recipients. */
function finalType(payload: ExactObject): MessageType | undefined {
  const types = new Set(
    recipientsOf(payload).map((recipient) => finalTypes.get(textMember(recipient, 'status') ?? '')),
  );
  return types.size === 1 ? [...types][0] : undefined;
}

export function messageFact(payload: ExactObject, type: MessageType): SnapshotFact {
  const reader = new SnapshotReader('telephony.message.v1', payload);
  const [recipient] = recipientsOf(payload);
  const isIncoming = type === 'telephony.message.received';

  reader.say('status', type.slice('telephony.message.'.length));
  reader.say('providerStatus', textMember(recipient, 'status'));
  reader.state('direction', 'direction', readText);
  reader.state('channel', 'type', (word) => (typeof word === 'string' ? word.toLowerCase() : undefined));
  reader.state('fromAddress', 'from.phone_number', readText);
  reader.say('toAddress', textMember(recipient, 'phone_number'));
  if (isIncoming) {
    reader.state('body', 'text', textUpTo(textLimit.text));
    reader.state('bodyTruncated', 'text', isCut(textLimit.text));
  }
  reader.state('mediaCount', 'media', (media) => (Array.isArray(media) ? media.length : undefined));
  reader.state('mediaTypes', 'media', mediaTypesOf);
  reader.state('segmentCount', 'parts', readCount);
  reader.state('messagingServiceId', 'messaging_profile_id', readText);
  reader.state('failureCode', 'errors', firstCode);
  reader.state('sentAt', isIncoming ? 'received_at' : 'sent_at', readInstant);
  reader.state('completedAt', 'completed_at', readInstant);
  return reader.fact(type);
}

/** A message to one recipient stays in order with the two numbers. */
export function messageOrder(payload: ExactObject): OrderBy | undefined {
  const recipients = recipientsOf(payload);
  if (recipients.length !== 1) return undefined;
  return orderByNumbers(textMember(payload['from'], 'phone_number'), textMember(recipients[0], 'phone_number'));
}

function recipientsOf(payload: ExactObject): readonly ExactJson[] {
  return itemsOf(payload['to']);
}

function itemsOf(value: ExactJson | undefined): readonly ExactJson[] {
  const items: readonly ExactJson[] = Array.isArray(value) ? value : []; // Array.isArray widens the items to any
  return items;
}

/** Telnyx takes ten files; what it says beyond is not looked at. */
function mediaTypesOf(media: ExactJson): string[] | undefined {
  const types = itemsOf(media)
    .slice(0, 10)
    .map((file) => textMember(file, 'content_type'));
  const known = types.filter((type) => type !== undefined);
  return Array.isArray(media) && known.length === types.length ? known : undefined;
}

/** No error is the documented way to say that there was none. */
function firstCode(errors: ExactJson): string | null | undefined {
  if (!Array.isArray(errors)) return undefined;
  const [first] = itemsOf(errors);
  return first === undefined ? null : readText(member(first, 'code'));
}

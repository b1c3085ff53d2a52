import { type EventTypeOf, type ExactJson, type ExactObject, type OrderBy, textLimit } from '@trunkline/events';

import { member, objectMember, textMember } from '../contract/json-body.ts';
import { micros } from '../contract/money.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { orderByNumbers, telephoneNumber } from '../contract/telephone.ts';
import { isCut, readAddress, textUpTo } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { readCount, readCurrency, readText } from '../contract/values.ts';

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
  reader.say('providerStatus', statusOfAll(payload));
  reader.state('direction', 'direction', readText);
  reader.state('channel', 'type', (word) => (typeof word === 'string' ? word.toLowerCase() : undefined));
  reader.say('fromAddress', addressOf(payload['from']));
  reader.say('toAddress', addressOf(recipient));
  reader.state('mediaCount', 'media', (media) => (Array.isArray(media) ? media.length : undefined));
  reader.state('mediaTypes', 'media', mediaTypesOf);
  if (isIncoming) stateContent(reader);
  reader.state('segmentCount', 'parts', readCount);
  reader.state('messagingServiceId', 'messaging_profile_id', readText);
  reader.state('failureCode', 'errors', firstCode);
  reader.state('failureReason', 'errors', (errors) => firstReason(errors, textUpTo(textLimit.reason)));
  reader.state('failureReasonTruncated', 'errors', (errors) => firstReason(errors, isCut(textLimit.reason)));
  statePrice(reader);
  reader.state('sentAt', isIncoming ? 'received_at' : 'sent_at', readInstant);
  reader.state('completedAt', 'completed_at', readInstant);
  return reader.fact(type);
}

type MessageReader = SnapshotReader<'telephony.message.v1'>;

/** A number; the agent of a business in RCS. */
function addressOf(party: ExactJson | undefined): string | undefined {
  const number = textMember(party, 'phone_number');
  return number === undefined ? textMember(party, 'agent_id') : telephoneNumber(number);
}

/** The status of each recipient; of a group only what is true of all. */
function statusOfAll(payload: ExactObject): string | undefined {
  const statuses = new Set(recipientsOf(payload).map((recipient) => textMember(recipient, 'status')));
  return statuses.size === 1 ? [...statuses][0] : undefined;
}

/** SMS and MMS have their words in `text`, RCS in a `body` that holds one of several kinds of content. */
function stateContent(reader: MessageReader): void {
  const body = reader.find('body');
  if (body === undefined || body === null) {
    // A channel that writes its content elsewhere.
    if (reader.find('text') === undefined && itemsOf(reader.find('media')).length === 0) reader.flaw('text');
    return stateText(reader, 'text');
  }
  if (objectMember(body, 'user_file') !== undefined) {
    reader.say('mediaCount', 1);
    const type = textMember(objectMember(objectMember(body, 'user_file'), 'payload'), 'mime_type');
    if (type !== undefined) reader.say('mediaTypes', [type]);
    return;
  }
  if (objectMember(body, 'suggestion_response') !== undefined) {
    reader.state('replyPayload', 'body.suggestion_response.postback_data', readAddress);
    return stateText(reader, 'body.suggestion_response.text');
  }
  if (textMember(body, 'text') !== undefined) return stateText(reader, 'body.text');
  // A place, and what RCS adds next.
  reader.flaw('body');
}

function stateText(reader: MessageReader, path: string): void {
  reader.state('body', path, textUpTo(textLimit.text));
  reader.state('bodyTruncated', path, isCut(textLimit.text));
}

function statePrice(reader: MessageReader): void {
  if (readCurrency(reader.find('cost.currency')) === undefined) return;
  reader.state('priceCurrency', 'cost.currency', readCurrency);
  reader.state('priceMicros', 'cost.amount', micros);
}

/** A message to one recipient stays in order with the two numbers. */
export function messageOrder(payload: ExactObject): OrderBy | undefined {
  const recipients = recipientsOf(payload);
  if (recipients.length !== 1) return undefined;
  return orderByNumbers(addressOf(payload['from']), addressOf(recipients[0]));
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

/** The words of the first error: what happened, else only its title. */
function firstReason<V>(errors: ExactJson, read: (value: ExactJson) => V | null | undefined): V | null | undefined {
  if (!Array.isArray(errors)) return undefined;
  const [first] = itemsOf(errors);
  const reason = member(first, 'detail') ?? member(first, 'title');
  return first === undefined || reason === undefined || reason === null ? null : read(reason);
}

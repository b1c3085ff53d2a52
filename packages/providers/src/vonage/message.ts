import { type EventTypeOf, type ExactObject, type OrderBy, textLimit } from '@trunkline/events';

import { member, objectMember, textMember } from '../contract/json-body.ts';
import { micros } from '../contract/money.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { orderByNumbers, readTelephoneWithoutPlus, telephoneNumber } from '../contract/telephone.ts';
import { isCut, readAddress, readFilled, textUpTo } from '../contract/texts.ts';
import { readCurrency, readId } from '../contract/values.ts';
import { readNumber } from './call.ts';

type MessageType = EventTypeOf<'telephony.message.v1'>;
type MessageReader = SnapshotReader<'telephony.message.v1'>;

/** https://developer.vonage.com/en/messages/concepts/webhooks: the Messages API. */
export const messageStatuses: ReadonlyMap<string, MessageType> = new Map([
  ['received', 'telephony.message.received'],
  ['submitted', 'telephony.message.sent'],
  ['delivered', 'telephony.message.delivered'],
  ['rejected', 'telephony.message.failed'],
  ['undeliverable', 'telephony.message.failed'],
  ['read', 'telephony.message.read'],
]);

/** https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts: the SMS API. Buffered is not final. */
export const smsStatuses: ReadonlyMap<string, MessageType> = new Map([
  ['received', 'telephony.message.received'],
  ['accepted', 'telephony.message.sent'],
  ['delivered', 'telephony.message.delivered'],
  ['failed', 'telephony.message.failed'],
  ['rejected', 'telephony.message.failed'],
  ['expired', 'telephony.message.failed'],
]);

export function messageFact(message: ExactObject, word: string, type: MessageType): SnapshotFact {
  const reader: MessageReader = new SnapshotReader('telephony.message.v1', message);
  stateStatus(reader, word, type);
  if (message['channel'] === undefined) reader.say('channel', channelOfFirstVersion(message));
  else reader.state('channel', 'channel', readFilled);
  reader.say('fromAddress', addressOf(message, 'from'));
  reader.say('toAddress', addressOf(message, 'to'));
  reader.state('clientReference', 'client_ref', readFilled);
  reader.state('failureCode', 'error.title', readId);
  reader.state('failureReason', 'error.detail', textUpTo(textLimit.reason));
  reader.state('failureReasonTruncated', 'error.detail', isCut(textLimit.reason));
  statePrice(reader);
  if (type === 'telephony.message.received') stateContent(reader, message);
  return reader.fact(type);
}

/** A price without its currency is no price: the SMS API has such ones. */
function statePrice(reader: MessageReader): void {
  if (readCurrency(reader.find('usage.currency')) === undefined) return;
  reader.state('priceCurrency', 'usage.currency', readCurrency);
  reader.state('priceMicros', 'usage.price', micros);
}

/** Kinds of message whose content is one file. */
const files: ReadonlySet<string> = new Set(['image', 'audio', 'video', 'file', 'sticker', 'vcard']);

/** What came in: words, a file or an answer to buttons. Other content is in members that are not read. */
function stateContent(reader: MessageReader, message: ExactObject): void {
  reader.state('segmentCount', 'sms.num_messages', readNumber);
  reader.state('senderName', 'profile.name', readFilled);
  reader.state('repliesTo', 'context.message_uuid', readFilled);
  const { kind, path } = contentOf(message);
  if (kind === undefined || kind === 'text') {
    if (reader.find(path) === undefined) reader.flaw(path);
    return stateText(reader, path);
  }
  if (kind === 'button') {
    reader.state('replyPayload', 'button.payload', readAddress);
    return stateText(reader, 'button.text');
  }
  if (kind === 'reply') {
    reader.state('replyPayload', 'reply.id', readAddress);
    return stateText(reader, 'reply.title');
  }
  if (!files.has(kind)) return reader.flaw('message_type');
  reader.say('mediaCount', 1);
  stateText(reader, `${kind}.caption`);
}

interface Content {
  readonly kind: string | undefined;
  /** Where its words are. */
  readonly path: string;
}

/** The first version of the API has the content in a member of its own. */
function contentOf(message: ExactObject): Content {
  const kind = textMember(message, 'message_type');
  const content = objectMember(objectMember(message, 'message'), 'content');
  if (kind !== undefined || content === undefined) return { kind, path: 'text' };
  return { kind: textMember(content, 'type'), path: 'message.content.text' };
}

function channelOfFirstVersion(message: ExactObject): string | undefined {
  return textMember(message['from'], 'type') ?? textMember(message['to'], 'type');
}

export function messageOrder(message: ExactObject): OrderBy | undefined {
  return orderByNumbers(addressOf(message, 'from'), addressOf(message, 'to'));
}

/** Channels whose ends are telephone numbers; the others have ids of their own, which may be digits, too. */
const numberChannels: ReadonlySet<string> = new Set(['sms', 'mms', 'rcs', 'whatsapp', 'viber_service']);

/** A number, which Vonage writes without its plus, or what the channel has instead; the first version writes an object. */
function addressOf(message: ExactObject, end: 'from' | 'to'): string | undefined {
  const value = message[end];
  if (typeof value !== 'string') {
    const number = textMember(value, 'number');
    return number === undefined ? textMember(value, 'id') : telephoneNumber(number, { withoutPlus: true });
  }
  if (value === '') return undefined;
  return numberChannels.has(textMember(message, 'channel') ?? '')
    ? telephoneNumber(value, { withoutPlus: true })
    : value;
}

/** An SMS, where `msisdn` is the other side's number and `to` is ours, whoever sent it. */
export function smsFact(sms: ExactObject, word: string, type: MessageType): SnapshotFact {
  const reader: MessageReader = new SnapshotReader('telephony.message.v1', sms);
  const isIncoming = type === 'telephony.message.received';
  stateStatus(reader, word, type);
  reader.say('channel', 'sms');
  reader.state('fromAddress', isIncoming ? 'msisdn' : 'to', readTelephoneWithoutPlus);
  reader.state('toAddress', isIncoming ? 'to' : 'msisdn', readTelephoneWithoutPlus);
  reader.state('clientReference', 'client-ref', readFilled);
  // 0 says that there was none.
  if (member(sms, 'err-code') !== '0') reader.state('failureCode', 'err-code', readFilled);
  if (isIncoming) stateText(reader, 'text');
  // A binary message has its content in bytes, which are no words.
  if (isIncoming && sms['text'] === undefined && sms['data'] !== undefined) reader.flaw('data');
  return reader.fact(type);
}

function stateStatus(reader: MessageReader, word: string, type: MessageType): void {
  reader.say('status', type.slice('telephony.message.'.length));
  reader.say('providerStatus', word);
  reader.say('direction', type === 'telephony.message.received' ? 'inbound' : 'outbound');
}

function stateText(reader: MessageReader, path: string): void {
  reader.state('body', path, textUpTo(textLimit.text));
  reader.state('bodyTruncated', path, isCut(textLimit.text));
}

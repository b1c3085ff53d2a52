import { type EventTypeOf, type ExactJson, type ExactObject, type OrderBy, textLimit } from '@trunkline/events';

import { member, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { orderByNumbers } from '../contract/telephone.ts';
import { isCut, readFilled, textUpTo } from '../contract/texts.ts';
import { readId } from '../contract/values.ts';
import { readNumber } from './call.ts';

type MessageType = EventTypeOf<'telephony.message.v1'>;

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
  const reader = new SnapshotReader('telephony.message.v1', message);
  stateStatus(reader, word, type);
  reader.state('channel', 'channel', readFilled);
  reader.say('fromAddress', addressOf(message['from']));
  reader.say('toAddress', addressOf(message['to']));
  reader.state('clientReference', 'client_ref', readFilled);
  reader.state('failureCode', 'error.title', readId);
  if (type === 'telephony.message.received') {
    stateText(reader);
    reader.state('segmentCount', 'sms.num_messages', readNumber);
  }
  return reader.fact(type);
}

export function messageOrder(message: ExactObject): OrderBy | undefined {
  return orderByNumbers(addressOf(message['from']), addressOf(message['to']));
}

/** A number, or what the channel has instead; the first version of the API writes an object. */
function addressOf(value: ExactJson | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return textMember(value, 'number') ?? textMember(value, 'id');
}

/** An SMS, where `msisdn` is the other side's number and `to` is ours, whoever sent it. */
export function smsFact(sms: ExactObject, word: string, type: MessageType): SnapshotFact {
  const reader = new SnapshotReader('telephony.message.v1', sms);
  const isIncoming = type === 'telephony.message.received';
  stateStatus(reader, word, type);
  reader.say('channel', 'sms');
  reader.state('fromAddress', isIncoming ? 'msisdn' : 'to', readFilled);
  reader.state('toAddress', isIncoming ? 'to' : 'msisdn', readFilled);
  reader.state('clientReference', 'client-ref', readFilled);
  // 0 says that there was none.
  if (member(sms, 'err-code') !== '0') reader.state('failureCode', 'err-code', readFilled);
  if (isIncoming) stateText(reader);
  return reader.fact(type);
}

function stateStatus(reader: SnapshotReader<'telephony.message.v1'>, word: string, type: MessageType): void {
  reader.say('status', type.slice('telephony.message.'.length));
  reader.say('providerStatus', word);
  reader.say('direction', type === 'telephony.message.received' ? 'inbound' : 'outbound');
}

function stateText(reader: SnapshotReader<'telephony.message.v1'>): void {
  reader.state('body', 'text', textUpTo(textLimit.text));
  reader.state('bodyTruncated', 'text', isCut(textLimit.text));
}

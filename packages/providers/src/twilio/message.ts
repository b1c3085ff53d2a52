import { type EventTypeOf, type ExactObject, type OrderBy, textLimit } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { orderByNumbers, telephoneNumber } from '../contract/telephone.ts';
import { readDecimal } from '../contract/text-values.ts';
import { isCut, readAddress, textUpTo } from '../contract/texts.ts';
import { readText } from '../contract/values.ts';
import { readErrorCode } from './call.ts';

/** https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
export const messageStatuses: ReadonlyMap<string, EventTypeOf<'telephony.message.v1'>> = new Map([
  ['received', 'telephony.message.received'],
  ['accepted', 'telephony.message.queued'],
  ['scheduled', 'telephony.message.queued'],
  ['queued', 'telephony.message.queued'],
  ['sending', 'telephony.message.queued'],
  ['sent', 'telephony.message.sent'],
  ['delivered', 'telephony.message.delivered'],
  ['undelivered', 'telephony.message.failed'],
  ['failed', 'telephony.message.failed'],
  ['canceled', 'telephony.message.canceled'],
  ['read', 'telephony.message.read'],
]);

export function messageStatusOf(parameters: ExactObject): string {
  return textMember(parameters, 'MessageStatus') ?? textMember(parameters, 'SmsStatus') ?? 'received';
}

export function messageSidOf(parameters: ExactObject): string | undefined {
  return textMember(parameters, 'MessageSid') ?? textMember(parameters, 'SmsSid');
}

/** `reference` is what the sender put into the URL of the callback to recognise it. */
export function messageFact(parameters: ExactObject, reference?: string): SnapshotFact | undefined {
  const status = messageStatusOf(parameters);
  const type = messageStatuses.get(status);
  if (type === undefined) return undefined;
  const reader = new SnapshotReader('telephony.message.v1', parameters);
  const isIncoming = type === 'telephony.message.received';

  reader.say('status', type.slice('telephony.message.'.length));
  reader.say('providerStatus', status);
  // Status callbacks are of messages that the account sends.
  reader.say('direction', isIncoming ? 'inbound' : 'outbound');
  reader.say('channel', channelOf(parameters));
  reader.say('fromAddress', addressOf(parameters, 'From'));
  reader.say('toAddress', addressOf(parameters, 'To'));
  reader.state('messagingServiceId', 'MessagingServiceSid', readText);
  reader.state('failureCode', 'ErrorCode', readErrorCode);
  reader.state('failureReason', 'ErrorMessage', textUpTo(textLimit.reason));
  reader.state('failureReasonTruncated', 'ErrorMessage', isCut(textLimit.reason));
  if (!isIncoming && reference !== undefined) reader.say('clientReference', reference);
  if (isIncoming) stateContent(reader, parameters);
  return reader.fact(type);
}

function stateContent(reader: SnapshotReader<'telephony.message.v1'>, parameters: ExactObject): void {
  reader.state('body', 'Body', textUpTo(textLimit.text));
  reader.state('bodyTruncated', 'Body', isCut(textLimit.text));
  reader.state('senderName', 'ProfileName', readText);
  reader.state('repliesTo', 'OriginalRepliedMessageSid', readText);
  reader.state('replyPayload', 'ButtonPayload', readAddress);
  reader.state('segmentCount', 'NumSegments', readDecimal);
  reader.state('mediaCount', 'NumMedia', readDecimal);
  // Twilio takes ten files; what it says beyond is not looked at.
  const types = Array.from({ length: 10 }, (_, index) => textMember(parameters, `MediaContentType${index}`));
  const known = types.filter((type) => type !== undefined);
  if (known.length > 0) reader.say('mediaTypes', known);
  // A place, a form, what channels add next: its content is in parameters that are not read.
  const type = textMember(parameters, 'MessageType');
  const isEmpty = textMember(parameters, 'Body') === undefined && known.length === 0;
  if (isEmpty && type !== undefined && type !== 'text') reader.flaw('MessageType');
}

/** `whatsapp:+15005550006` is the number of that channel; other channels have words of their own. */
const channelAddress = /^([a-z]{2,20}):(.+)$/;

function addressOf(parameters: ExactObject, name: 'From' | 'To'): string | undefined {
  const address = textMember(parameters, name);
  return address === undefined ? undefined : telephoneNumber(channelAddress.exec(address)?.[2] ?? address);
}

/** The prefix of an address, else what the first letters of the message's id say. */
function channelOf(parameters: ExactObject): string | undefined {
  for (const name of ['From', 'To']) {
    const channel = channelAddress.exec(textMember(parameters, name) ?? '')?.[1];
    if (channel !== undefined) return channel;
  }
  const sid = messageSidOf(parameters) ?? '';
  if (sid.startsWith('MM')) return 'mms';
  return sid.startsWith('SM') ? 'sms' : undefined;
}

export function messageOrder(parameters: ExactObject): OrderBy | undefined {
  return orderByNumbers(addressOf(parameters, 'From'), addressOf(parameters, 'To'));
}

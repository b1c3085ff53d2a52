import { capText, type EventTypeOf, type ExactObject, type OrderBy, textLimit } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { orderByNumbers } from '../contract/telephone.ts';
import { readDecimal } from '../contract/text-values.ts';
import { readText } from '../contract/values.ts';

/** https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
export const messageStatuses: ReadonlyMap<string, EventTypeOf<'telephony.message.v1'>> = new Map([
  ['received', 'telephony.message.received'],
  ['sent', 'telephony.message.sent'],
  ['delivered', 'telephony.message.delivered'],
  ['undelivered', 'telephony.message.failed'],
  ['failed', 'telephony.message.failed'],
  ['read', 'telephony.message.read'],
]);

export function messageStatusOf(parameters: ExactObject): string {
  return textMember(parameters, 'MessageStatus') ?? textMember(parameters, 'SmsStatus') ?? 'received';
}

export function messageSidOf(parameters: ExactObject): string | undefined {
  return textMember(parameters, 'MessageSid') ?? textMember(parameters, 'SmsSid');
}

export function messageFact(parameters: ExactObject): SnapshotFact | undefined {
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
  reader.state('failureCode', 'ErrorCode', readText);
  if (isIncoming) stateContent(reader, parameters);
  return reader.fact(type);
}

function stateContent(reader: SnapshotReader<'telephony.message.v1'>, parameters: ExactObject): void {
  const body = textMember(parameters, 'Body');
  if (body !== undefined) {
    const { text, truncated } = capText(body, textLimit.text);
    reader.say('body', text);
    reader.say('bodyTruncated', truncated);
  }
  reader.state('segmentCount', 'NumSegments', readDecimal);
  reader.state('mediaCount', 'NumMedia', readDecimal);
  // Twilio takes ten files; what it says beyond is not looked at.
  const types = Array.from({ length: 10 }, (_, index) => textMember(parameters, `MediaContentType${index}`));
  const known = types.filter((type) => type !== undefined);
  if (known.length > 0) reader.say('mediaTypes', known);
}

/** `whatsapp:+15005550006` is the number of that channel; other channels have words of their own. */
const channelAddress = /^([a-z]{2,20}):(.+)$/;

function addressOf(parameters: ExactObject, name: 'From' | 'To'): string | undefined {
  const address = textMember(parameters, name);
  return address === undefined ? undefined : (channelAddress.exec(address)?.[2] ?? address);
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

import type { ChannelKind, Directory } from '@trunkline/sources/directory';

import type { Message } from '../messages/message.ts';

/** Where a message goes, as the directory knows it at this moment. */
export interface Recipient {
  readonly kind: ChannelKind;
  readonly address: string;
  /** Of a person: which of their channels it is. */
  readonly channelId?: string;
  /** Of Slack: the workspace, as senders name it. */
  readonly connection?: string;
  readonly name?: string;
  readonly language: string;
}

/** Why nobody can be told: for good, or until somebody mends the sources file. */
export interface NoRecipient {
  readonly why: 'gone' | 'without_address';
  readonly code: string;
  readonly detail: string;
}

export function recipientOf(
  message: Pick<Message, 'tenantId' | 'recipientId' | 'channelId' | 'channel' | 'language' | 'content'>,
  directory: Pick<Directory, 'person'>,
): Recipient | NoRecipient {
  const { tenantId, recipientId, channelId, channel, content } = message;
  const given = content?.address ?? undefined;
  if (recipientId === null)
    return given === undefined ? gone('recipient_unknown', 'it names nobody') : addressed(message, given);
  // A text that is none of a person's is nobody's id.
  const person = directory.person(tenantId, recipientId as `per_${string}`);
  if (person === undefined) return gone('recipient_unknown', `the sources file has no ${recipientId} of ${tenantId}`);
  const found = person.channels.find(({ id, kind }) => (channelId === null ? kind === channel : id === channelId));
  if (found === undefined)
    return gone('channel_unknown', `${recipientId} has no channel ${channelId ?? channel ?? ''}`);
  const { kind, address, connection } = found;
  if (address === undefined) {
    const detail = `the address of ${recipientId}'s channel ${found.id} is not where the sources file says: trunkline config check`;
    return { why: 'without_address', code: 'address_missing', detail };
  }
  return {
    kind,
    address,
    channelId: found.id,
    name: person.name,
    language: message.language ?? person.language,
    ...(connection === undefined ? {} : { connection }),
  };
}

function addressed(
  { channel, language }: Pick<Message, 'channel' | 'language'>,
  address: string,
): Recipient | NoRecipient {
  if (channel !== 'sms' && channel !== 'email') return gone('channel_unknown', 'an address is told by sms or email');
  return { kind: channel, address, language: language ?? 'en' };
}

function gone(code: string, detail: string): NoRecipient {
  return { why: 'gone', code, detail };
}

import { createHash } from 'node:crypto';

import { netstrings } from '@trunkline/core';
import { type EntityRef, type EventTypeOf, type ExactJson, textLimit } from '@trunkline/events';

import { readMailAddress } from './mail-address.ts';
import { SnapshotReader } from './snapshot.ts';
import { isCut, isJsonLeftOut, readJsonText, textUpTo } from './texts.ts';
import { readList } from './values.ts';

const emailTopic = 'communications.email.v1';
export type EmailType = EventTypeOf<typeof emailTopic>;
export type EmailReader = SnapshotReader<typeof emailTopic>;

/** What the recipient did; every other type is about the delivery. The two never overwrite each other. */
const engagements: ReadonlySet<EmailType> = new Set([
  'communications.email.opened',
  'communications.email.clicked',
  'communications.email.unsubscribed',
  'communications.email.resubscribed',
  'communications.email.complained',
]);

/** A reader of an e-mail event that has stated what its type and the provider's own word say. */
export function emailReader(source: ExactJson, type: EmailType, providerStatus: string): EmailReader {
  const reader = new SnapshotReader(emailTopic, source);
  reader.say(engagements.has(type) ? 'engagement' : 'status', type.slice('communications.email.'.length));
  reader.say('providerStatus', providerStatus);
  return reader;
}

/** States why the e-mail was deferred, bounced or dropped. */
export function stateReason(reader: EmailReader, path: string): void {
  reader.state('reason', path, textUpTo(textLimit.reason));
  reader.state('reasonTruncated', path, isCut(textLimit.reason));
}

/** States what the sender attached to the e-mail. */
export function stateAttributes(reader: EmailReader, path: string): void {
  reader.state('attributesJson', path, readJsonText);
  reader.state('attributesTruncated', path, isJsonLeftOut);
}

/**
 * One e-mail to one recipient, where the provider's id is that of the message to all of them. The address stands in no
 * id: a digest of it does, salted with the message, so that it says nothing about any other message. Undefined for a
 * message id that is longer than one can be.
 */
export function recipientEntity(messageId: string, recipient: string): EntityRef | undefined {
  if (messageId === '' || messageId.length > maxMessageIdLength) return undefined;
  const digest = createHash('sha256')
    .update(netstrings([messageId, recipient]))
    .digest('hex');
  return { kind: 'email', id: `${messageId}/${digest.slice(0, 32)}` };
}

/** A line of a mail has at most 998 characters (RFC 5322 §2.1.1); with its digest an id must stay below maxIdLength. */
const maxMessageIdLength = 900;

/** A Message-ID without its angle brackets. */
export function readMessageId(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replace(/^<(.*)>$/s, '$1');
  return text === '' ? null : text;
}

/** The one address an event is about, without the name that may stand beside it. */
export function readRecipient(value: ExactJson): string[] | undefined {
  const address = readMailAddress(value);
  return typeof address === 'string' ? [address] : undefined;
}

/** How many files came with an e-mail, from the list of them. */
export function readLength(value: ExactJson): number | undefined {
  return readList(value)?.length;
}

/** How many tags of an e-mail a record holds. */
const maxTags = 100;

/** Tags or categories, one or several. */
export function readTags(value: ExactJson): string[] | undefined {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (!Array.isArray(value)) return undefined;
  const tags = value.filter((tag) => typeof tag === 'string');
  return tags.length === value.length ? tags.slice(0, maxTags) : undefined;
}

/** The three digits with which a receiving server's answer begins ("550 5.1.1 user unknown"). */
export function readReplyCode(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return /^[2-5]\d\d(?=[ -]|$)/.exec(value)?.[0] ?? null;
}

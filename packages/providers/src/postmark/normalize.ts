import {
  type DraftIdentity,
  type EntityRef,
  type ExactJson,
  type ExactObject,
  idText,
  isExactObject,
  type Occurred,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import {
  emailReader,
  readLength,
  readRecipient,
  readTags,
  recipientEntity,
  stateAttributes,
  stateReason,
} from '../contract/email.ts';
import { contentEntity, fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { readJsonBody, textMember } from '../contract/json-body.ts';
import { readMailAddress, readMailAddresses } from '../contract/mail-address.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { normalizationOf, notFound, undocumented } from '../contract/outcome.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { readAddress, readTitle } from '../contract/texts.ts';
import { readInstant, readRfc2822, timeOfFact } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readCount } from '../contract/values.ts';
import type { PostmarkOptions } from './options.ts';
import { factsOf, type RecordFacts } from './types.ts';

/** One delivery is one record about one message to one recipient. */
export function normalizePostmark(delivery: VerifiedDelivery<PostmarkOptions>): Normalization {
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');
  const record = body.value;
  const facts = factsOf(record);
  if (isInbound(record)) return inboundMail(delivery, record);
  if (facts === undefined) return passOn(delivery, record, []);
  const entity = entityOf(record, facts);
  if (entity === undefined) return passOn(delivery, record, notFound([`MessageID or ${facts.recipient}`]));

  const occurred = occurredOf(record[facts.time]);
  const { fact, unreadable } = readEmail(record, facts);
  const event = draftOf({
    ...fact,
    account: fallbackAccount(delivery),
    entity,
    identity: identityOf(record, facts),
    occurred,
  });
  const missing = occurred.estimated ? [facts.time] : [];
  return normalizationOf([{ events: [event], flaws: [...notFound(missing), ...undocumented(unreadable)] }]);
}

/** An e-mail to an address of the server: it has no RecordType. */
function isInbound(record: ExactObject): boolean {
  return record['RecordType'] === undefined && messageIdOf(record) !== undefined && record['From'] !== undefined;
}

/** https://postmarkapp.com/developer/webhooks/inbound-webhook. There is one delivery a message; its text stays in the archive. */
function inboundMail(delivery: VerifiedDelivery<PostmarkOptions>, record: ExactObject): Normalization {
  const messageId = messageIdOf(record) ?? '';
  const email = emailReader(record, 'communications.email.received', 'Inbound');
  email.state('recipients', 'To', readMailAddresses);
  email.state('fromAddress', 'From', readMailAddress);
  email.state('subject', 'Subject', readTitle);
  email.state('tags', 'Tag', readTags);
  email.state('attachmentCount', 'Attachments', readLength);
  const { fact, unreadable } = email.fact('communications.email.received');
  const { occurred, flaws } = timeOfFact(record['Date'], readRfc2822, 'Date');
  const event = draftOf({
    ...fact,
    account: fallbackAccount(delivery),
    entity: { kind: 'email', id: messageId },
    identity: { basis: 'key', parts: ['Inbound', messageId] },
    occurred,
  });
  return normalizationOf([{ events: [event], flaws: [...flaws, ...undocumented(unreadable)] }]);
}

/** What has neither a type nor an id is known by nothing. */
function passOn(
  delivery: VerifiedDelivery<PostmarkOptions>,
  record: ExactObject,
  flaws: readonly string[],
): Normalization {
  const type = textMember(record, 'RecordType');
  const messageId = messageIdOf(record);
  const id = usableId(record['ID']);
  const time = ['BouncedAt', 'ChangedAt'].map((name) => record[name]).find((value) => readInstant(value) !== undefined);
  const key = id ?? (time === undefined ? undefined : idText(time));
  const recipient = textMember(record, 'Recipient') ?? textMember(record, 'Email');
  const known = type !== undefined && key !== undefined;
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: messageId === undefined ? contentEntity(delivery) : { kind: 'email', id: messageId },
    identity: known
      ? { basis: 'key', parts: [type, messageId ?? '', recipient ?? '', key] }
      : { basis: 'rx', index: 0 },
    occurred: occurredOf(time),
    ...(type === undefined ? {} : { originalType: type }),
  });
  return normalizationOf([{ events: [event], flaws }]);
}

/** What Postmark writes for MessageID where there was no message. */
const noMessage = '00000000-0000-0000-0000-000000000000';

function messageIdOf(record: ExactObject): string | undefined {
  const id = usableId(record['MessageID']);
  return id === noMessage ? undefined : id;
}

/** A message has one id for all its recipients. */
function entityOf(record: ExactObject, { recipient }: RecordFacts): EntityRef | undefined {
  const messageId = messageIdOf(record);
  const address = textMember(record, recipient);
  return messageId === undefined || address === undefined ? undefined : recipientEntity(messageId, address);
}

/** A bounce has an ID, which the documentation does not call unique; the others are known by all that tells them apart. */
function identityOf(record: ExactObject, { recipient, time, key }: RecordFacts): DraftIdentity {
  if (usableId(record[time]) === undefined) return { basis: 'rx', index: 0 };
  const names = ['RecordType', 'MessageID', recipient, time, ...key];
  return { basis: 'key', parts: names.map((name) => idText(record[name])) };
}

function occurredOf(value: ExactJson | undefined): Occurred {
  const at = readInstant(value);
  return at === undefined ? { estimated: true } : { at, estimated: false };
}

function readEmail(record: ExactObject, { to, recipient }: RecordFacts): SnapshotFact {
  // A bounce says what kind of one it is, which is the better word.
  const word = textMember(record, 'Type') ?? textMember(record, 'RecordType') ?? '';
  const email = emailReader(record, to, word);
  email.state('recipients', recipient, readRecipient);
  email.state('subject', 'Subject', readTitle);
  email.state('tags', 'Tag', readTags);
  stateAttributes(email, 'Metadata');
  if (to === 'communications.email.bounced') {
    email.state('bounceType', 'Type', readBounceType);
    email.state('responseCode', 'Details', readResponseCode);
  }
  if (to === 'communications.email.bounced' || to === 'communications.email.dropped') {
    stateReason(email, textMember(record, 'Details') === undefined ? 'Description' : 'Details');
  }
  if (to === 'communications.email.opened') email.state('readSeconds', 'ReadSeconds', readCount);
  if (to === 'communications.email.clicked') email.state('clickedUrl', 'OriginalLink', readAddress);
  return email.fact(to);
}

/** https://postmarkapp.com/developer/api/bounce-api#bounce-types; what is neither for good nor for now stays Postmark's word. */
const bounceTypes: ReadonlyMap<string, string> = new Map([
  ['HardBounce', 'hard'],
  ['BadEmailAddress', 'hard'],
  ['SoftBounce', 'soft'],
  ['Transient', 'soft'],
  ['DnsError', 'soft'],
  ['Blocked', 'blocked'],
  ['SpamNotification', 'blocked'],
  ['DMARCPolicy', 'blocked'],
]);

function readBounceType(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return value === '' ? null : (bounceTypes.get(value) ?? value);
}

/** `smtp;550 5.1.1 The account does not exist`; other details are of Postmark's own making. */
function readResponseCode(value: ExactJson): string | null | undefined {
  if (typeof value !== 'string') return undefined;
  return /^smtp;\s*([2-5]\d\d)(?=[ -]|$)/i.exec(value)?.[1] ?? null;
}

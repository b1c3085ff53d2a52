import {
  canonicalItem,
  type DraftIdentity,
  type EntityRef,
  type ExactJson,
  type ExactObject,
  ExactNumber,
} from '@trunkline/events';

import { itemEntity } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import {
  emailReader,
  type EmailReader,
  type EmailType,
  readLength,
  readMessageId,
  readRecipient,
  readTags,
  recipientEntity,
  stateAttributes,
  stateReason,
} from '../contract/email.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { readMailAddress } from '../contract/mail-address.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { readPostedForm } from '../contract/posted-form.ts';
import { completeness, type SnapshotFact } from '../contract/snapshot.ts';
import { readAddress, readTitle } from '../contract/texts.ts';
import { readDecimalSeconds } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readCount, readText } from '../contract/values.ts';
import { normalizeForm } from './form.ts';
import type { MailgunOptions } from './options.ts';
import { signatureMember } from './verify.ts';

/** By the names that webhooks have in Mailgun's settings. `stored` is an incoming message. */
export const mailgunTypes: ReadonlyMap<string, EmailType> = new Map([
  ['accepted', 'communications.email.accepted'],
  ['delivered', 'communications.email.delivered'],
  ['temporary_fail', 'communications.email.deferred'],
  ['permanent_fail', 'communications.email.bounced'],
  ['opened', 'communications.email.opened'],
  ['clicked', 'communications.email.clicked'],
  ['unsubscribed', 'communications.email.unsubscribed'],
  ['complained', 'communications.email.complained'],
  ['stored', 'communications.email.received'],
]);

/** A delivery is one event about one e-mail to one recipient. */
export function normalizeMailgun(delivery: VerifiedDelivery<MailgunOptions>): Normalization {
  const form = readPostedForm(delivery.request);
  if (form?.readable === true) return normalizeForm(delivery, form);
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason); // cannot be: the proof was read from it
  const data = objectMember(body.value, 'event-data');
  const event = textMember(data, 'event');
  if (data === undefined || event === undefined) {
    return { ...passOn(delivery, body.value, {}), verdict: 'unnormalised', reason: 'it carries no event of a type' };
  }

  const name = nameOf(event, data);
  const type = typeOf(name, data);
  const at = readDecimalSeconds(data['timestamp']);
  const identity = identityOf(data);
  const entity = entityOf(data);
  const flaws = [
    ...(at === undefined ? ['timestamp'] : []),
    ...(identity.basis === 'rx' ? ['id'] : []),
    ...(type !== undefined && entity === undefined ? ['message-id or recipient'] : []),
  ];
  const known = { identity, ...(at === undefined ? {} : { at }), ...(entity === undefined ? {} : { entity }) };
  if (type === undefined || entity === undefined) {
    return { ...passOn(delivery, body.value, { ...known, originalType: name }), ...completeness(flaws) };
  }
  const { fact, unreadable } = readEmail(data, type, event);
  const id = usableId(data['id']);
  const drafted = draftOf({
    account: fallbackAccount(delivery),
    entity,
    identity,
    occurred: at === undefined ? { estimated: true } : { at, estimated: false },
    ...(id === undefined ? {} : { providerEventId: id }),
    ...fact,
  });
  return { ...completeness([...flaws, ...unreadable]), events: [drafted] };
}

interface Known {
  readonly identity?: DraftIdentity;
  readonly at?: number;
  readonly entity?: EntityRef;
  readonly originalType?: string;
}

/** The message without its signature: whoever reads events must not be able to sign others. */
function passOn(delivery: VerifiedDelivery, body: ExactJson, known: Known): Pick<Normalization, 'events'> {
  const text = canonicalItem(body, [signatureMember, 'parent-signature']);
  const event = integrationEvent(delivery, {
    account: fallbackAccount(delivery),
    entity: known.entity ?? itemEntity(text),
    identity: known.identity ?? { basis: 'rx', index: 0 },
    occurred: known.at === undefined ? { estimated: true } : { at: known.at, estimated: false },
    ...(known.originalType === undefined ? {} : { originalType: known.originalType }),
    item: { index: 0, text },
  });
  return { events: [event] };
}

/** A failure is for now or for good; Mailgun has a webhook for each. */
function nameOf(event: string, data: ExactObject): string {
  const severity = textMember(data, 'severity');
  if (event !== 'failed' || severity === undefined) return event;
  return `${severity}_fail`;
}

/**
 * Mailgun does not even try an address that is on its suppression list: nobody was asked, so nothing bounced. The same is
 * dropped at SendGrid and suppressed at Resend.
 */
export const suppressedType = 'communications.email.dropped';

function typeOf(name: string, data: ExactObject): EmailType | undefined {
  return name === 'permanent_fail' && isSuppressed(data['reason']) ? suppressedType : mailgunTypes.get(name);
}

/** Ids are unique within a day only, so the time belongs to them. */
function identityOf(data: ExactObject): DraftIdentity {
  const id = usableId(data['id']);
  const time = usableId(data['timestamp']);
  return id === undefined || time === undefined ? { basis: 'rx', index: 0 } : { basis: 'key', parts: [id, time] };
}

/** The message has one id for all its recipients. */
function entityOf(data: ExactObject): EntityRef | undefined {
  const messageId = readMessageId(member(objectMember(objectMember(data, 'message'), 'headers'), 'message-id') ?? null);
  const recipient = textMember(data, 'recipient');
  if (typeof messageId !== 'string' || recipient === undefined) return undefined;
  return recipientEntity(messageId, recipient);
}

function readEmail(data: ExactObject, type: EmailType, event: string): SnapshotFact {
  const email = emailReader(data, type, event);
  email.state('messageId', 'message.headers.message-id', readMessageId);
  email.state('recipients', 'recipient', readRecipient);
  email.state('subject', 'message.headers.subject', readTitle);
  email.state('templateId', 'template.name', readText);
  email.state('tags', 'tags', readTags);
  stateAttributes(email, 'user-variables');
  readOutcome(email, type);
  return email.fact(type);
}

/** What only some of the events say. */
function readOutcome(email: EmailReader, type: EmailType): void {
  switch (type) {
    case 'communications.email.delivered':
      readStatus(email);
      return;
    case 'communications.email.deferred':
      readStatus(email);
      readReason(email);
      return;
    case 'communications.email.bounced':
      email.say('bounceType', 'hard');
      readStatus(email);
      readReason(email);
      return;
    case suppressedType:
      readReason(email);
      return;
    case 'communications.email.received':
      email.state('fromAddress', 'message.headers.from', readMailAddress);
      email.state('attachmentCount', 'message.attachments', readLength);
      return;
    case 'communications.email.clicked':
      email.state('clickedUrl', 'url', readAddress);
      email.state('isMachine', 'client-info.bot', isBot);
      return;
    case 'communications.email.opened':
      email.state('isMachine', 'client-info.bot', isBot);
      return;
    default:
  }
}

function readStatus(email: EmailReader): void {
  email.state('responseCode', 'delivery-status.code', (code) => (code instanceof ExactNumber ? code.text : undefined));
  email.state('attempt', 'delivery-status.attempt-no', readCount);
}

/** The receiving server's words where there are any, else Mailgun's. */
function readReason(email: EmailReader): void {
  const paths = ['delivery-status.message', 'delivery-status.description', 'reason'];
  const path = paths.find((candidate) => textIn(email.find(candidate)));
  if (path !== undefined) stateReason(email, path);
}

function textIn(value: ExactJson | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

/** `suppress-bounce` and the like: Mailgun did not even try. */
function isSuppressed(reason: ExactJson | undefined): boolean {
  return typeof reason === 'string' && reason.startsWith('suppress-');
}

/** The name of the program that is believed to have done it; empty for a person. */
function isBot(value: ExactJson): boolean | undefined {
  return typeof value === 'string' ? value !== '' : undefined;
}

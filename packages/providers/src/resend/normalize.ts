import {
  canonicalText,
  capJson,
  type EntityRef,
  type ExactJson,
  type ExactObject,
  isExactObject,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import {
  type EmailReader,
  emailReader,
  type EmailType,
  readLength,
  readMessageId,
  stateReason,
} from '../contract/email.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { readMailAddress, readMailAddresses } from '../contract/mail-address.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { normalizationOf, undocumented } from '../contract/outcome.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { readAddress, readTitle } from '../contract/texts.ts';
import { readInstant, timeOfFact } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readText } from '../contract/values.ts';
import { svixId } from '../schemes/svix.ts';
import { contactFact, contactTypes } from './contact.ts';

/**
 * https://resend.com/docs/webhooks/event-types. Failed (a quota, an attachment) and suppressed e-mails never left.
 * Domains have no canonical form.
 */
export const resendTypes: ReadonlyMap<string, EmailType> = new Map([
  ['email.scheduled', 'communications.email.scheduled'],
  ['email.received', 'communications.email.received'],
  ['email.sent', 'communications.email.accepted'],
  ['email.delivered', 'communications.email.delivered'],
  ['email.delivery_delayed', 'communications.email.deferred'],
  ['email.bounced', 'communications.email.bounced'],
  ['email.failed', 'communications.email.dropped'],
  ['email.suppressed', 'communications.email.dropped'],
  ['email.opened', 'communications.email.opened'],
  ['email.clicked', 'communications.email.clicked'],
  ['email.complained', 'communications.email.complained'],
]);

/**
 * An address of the suppression list is not even tried: nobody was asked, so nothing bounced, by whichever name it is told.
 */
export const suppressedBounce = ['email.bounced', 'communications.email.dropped'] as const;

/** What arrives as it is. */
export const resendPassedOn: readonly string[] = [
  'domain.created',
  'domain.updated',
  'domain.deleted',
  'suppression.added',
  'suppression.removed',
];

/** One delivery is one event; its id is that of the signed message. `data.created_at` is when the e-mail was made. */
export function normalizeResend(delivery: VerifiedDelivery): Normalization {
  const id = svixId(delivery.request);
  if (id === undefined) return unreadableDelivery(delivery, 'the id of the message is too long to be an id');
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');

  const name = textMember(body.value, 'type');
  const data = objectMember(body.value, 'data');
  const { occurred, flaws } = timeOfFact(body.value['created_at'], readInstant, 'created_at');
  const common = {
    account: fallbackAccount(delivery),
    identity: { basis: 'id', id } as const,
    occurred,
    providerEventId: id,
  };
  const subject = data === undefined ? undefined : subjectOf(name ?? '', data);
  if (subject === undefined) {
    const isMapped = resendTypes.has(name ?? '') || contactTypes.has(name ?? '');
    const event = integrationEvent(delivery, {
      ...common,
      entity: { kind: 'event', id },
      ...(name === undefined ? {} : { originalType: name }),
    });
    const missing = isMapped ? ['it does not carry what it is named after'] : [];
    return normalizationOf([{ events: [event], flaws: [...missing, ...flaws] }]);
  }
  const { fact, unreadable } = subject.read;
  const event = draftOf({ ...common, ...fact, entity: subject.entity });
  return normalizationOf([{ events: [event], flaws: [...flaws, ...undocumented(unreadable)] }]);
}

interface Subject {
  readonly entity: EntityRef;
  readonly read: SnapshotFact;
}

/** What it is about; undefined for what has no canonical form or no id. */
function subjectOf(name: string, data: ExactObject): Subject | undefined {
  const emailType = isSuppressed(name, data) ? suppressedBounce[1] : resendTypes.get(name);
  const contactType = contactTypes.get(name);
  const id = usableId(emailType === undefined ? data['id'] : data['email_id']);
  if (id === undefined) return undefined;
  if (emailType !== undefined) return { entity: { kind: 'email', id }, read: emailFact(data, emailType, name) };
  if (contactType === undefined) return undefined;
  return { entity: { kind: 'contact', id }, read: contactFact(data, contactType) };
}

/** The words of Amazon SES for its own list and for the one of the account. */
const suppressions: ReadonlySet<string | undefined> = new Set(['Suppressed', 'OnAccountSuppressionList']);

function isSuppressed(name: string, data: ExactObject): boolean {
  return name === suppressedBounce[0] && suppressions.has(textMember(data['bounce'], 'subType'));
}

function emailFact(email: ExactObject, type: EmailType, name: string): SnapshotFact {
  const reader = emailReader(email, type, name);
  reader.state('messageId', 'message_id', readMessageId);
  // Resend does not say which of several recipients an event is about.
  reader.state('recipients', 'to', readMailAddresses);
  reader.state('subject', 'subject', readTitle);
  reader.state('templateId', 'template_id', readText);
  reader.state('campaignId', 'broadcast_id', readText);
  stateTags(reader, email['tags']);
  reader.state('sentAt', 'created_at', readInstant);
  if (type === 'communications.email.bounced') reader.state('bounceType', 'bounce.type', readBounceType);
  if (name === 'email.bounced') stateReason(reader, 'bounce.message');
  if (name === 'email.received') {
    reader.state('fromAddress', 'from', readMailAddress);
    reader.state('attachmentCount', 'attachments', readLength);
  }
  if (name === 'email.scheduled') reader.state('scheduledAt', 'scheduled_at', readInstant);
  if (name === 'email.failed') stateReason(reader, 'failed.reason');
  if (name === 'email.suppressed') stateReason(reader, 'suppressed.message');
  if (type === 'communications.email.clicked') reader.state('clickedUrl', 'click.link', readAddress);
  return reader.fact(type);
}

/** Tags are names with values, as an object, or as a list of such in older messages. */
function stateTags(reader: EmailReader, tags: ExactJson | undefined): void {
  if (tags === undefined) return;
  if (tags !== null && !isExactObject(tags) && !Array.isArray(tags)) {
    reader.flaw('tags');
    return;
  }
  const { text, truncated } = tags === null ? { text: null, truncated: false } : capJson(canonicalText(tags));
  reader.say('attributesJson', text);
  reader.say('attributesTruncated', truncated);
}

/** The words of Amazon SES, through which Resend sends. Undetermined stays the provider's word. */
function readBounceType(value: ExactJson): string | undefined {
  if (value === 'Permanent') return 'hard';
  return value === 'Transient' ? 'soft' : readText(value);
}

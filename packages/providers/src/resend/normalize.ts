import {
  canonicalText,
  capJson,
  type ExactJson,
  type ExactObject,
  isExactObject,
  type Occurred,
} from '@trunkline/events';

import type { VerifiedDelivery } from '../contract/delivery.ts';
import { type EmailReader, emailReader, type EmailType, readMessageId, stateReason } from '../contract/email.ts';
import { fallbackAccount, integrationEvent, unreadableDelivery } from '../contract/integration-event.ts';
import { member, objectMember, readJsonBody, textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { completeness, type SnapshotFact } from '../contract/snapshot.ts';
import { readAddress, readTitle } from '../contract/texts.ts';
import { occurredAt, readInstant } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readText, readTexts } from '../contract/values.ts';
import { svixId } from '../schemes/svix.ts';

/**
 * https://resend.com/docs/webhooks/event-types. Failed (a quota, an attachment) and suppressed e-mails never left.
 * Scheduled and received e-mails, contacts and domains have no canonical form.
 */
export const resendTypes: ReadonlyMap<string, EmailType> = new Map([
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

/** One delivery is one event; its id is that of the signed message. */
export function normalizeResend(delivery: VerifiedDelivery): Normalization {
  const id = svixId(delivery.request);
  if (id === undefined) return unreadableDelivery(delivery, 'the id of the message is too long to be an id');
  const body = readJsonBody(delivery.request.body);
  if (!body.readable) return unreadableDelivery(delivery, body.reason);
  if (!isExactObject(body.value)) return unreadableDelivery(delivery, 'the body is not a JSON object');

  const name = textMember(body.value, 'type');
  const type = resendTypes.get(name ?? '');
  const email = objectMember(body.value, 'data');
  const emailId = usableId(member(email, 'email_id'));
  const account = fallbackAccount(delivery);
  const occurred = occurredOf(body.value);
  if (name === undefined || type === undefined || email === undefined || emailId === undefined) {
    const event = integrationEvent(delivery, {
      account,
      entity: { kind: 'event', id },
      identity: { basis: 'id', id },
      occurred,
      ...(name === undefined ? {} : { originalType: name }),
      providerEventId: id,
    });
    if (type === undefined) return { verdict: 'normalised', events: [event] };
    return { verdict: 'partial', reason: 'it is named after an e-mail and carries none', events: [event] };
  }
  const { fact, unreadable } = emailFact(email, type, name);
  const entity = { kind: 'email', id: emailId };
  const identity = { basis: 'id', id } as const;
  const draft = draftOf({ ...fact, account, entity, identity, occurred, providerEventId: id });
  return { ...completeness(unreadable), events: [draft] };
}

function emailFact(email: ExactObject, type: EmailType, name: string): SnapshotFact {
  const reader = emailReader(email, type, name);
  reader.state('messageId', 'message_id', readMessageId);
  // Resend does not say which of several recipients an event is about.
  reader.state('recipients', 'to', readTexts);
  reader.state('subject', 'subject', readTitle);
  reader.state('templateId', 'template_id', readText);
  reader.state('campaignId', 'broadcast_id', readText);
  stateTags(reader, email['tags']);
  reader.state('sentAt', 'created_at', readInstant);
  if (type === 'communications.email.bounced') {
    reader.state('bounceType', 'bounce.type', readBounceType);
    stateReason(reader, 'bounce.message');
  }
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

/** When the event was created; `data.created_at` is when the e-mail was. */
function occurredOf(body: ExactObject): Occurred {
  return occurredAt(readInstant(body['created_at']));
}

import {
  canonicalText,
  capJson,
  type DraftIdentity,
  type EntityRef,
  type ExactJson,
  type ExactObject,
  idText,
} from '@trunkline/events';

import { type BatchItem, itemEntity, normalizeBatch } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import {
  emailReader,
  type EmailReader,
  type EmailType,
  readMessageId,
  readRecipient,
  readTags,
  recipientEntity,
  stateReason,
} from '../contract/email.ts';
import { contentEntity, fallbackAccount, integrationEvent } from '../contract/integration-event.ts';
import { textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { type ItemOutcome, undocumented } from '../contract/outcome.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { readAddress, readTitle } from '../contract/texts.ts';
import { readMilliseconds, readSeconds, timeOfFact } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readId } from '../contract/values.ts';
import type { BrevoOptions } from './options.ts';

/**
 * https://developers.brevo.com/docs/transactional-webhooks and marketing-webhooks, by the names in payloads, which are
 * not those in the settings. A first opening is `unique_opened`; proxies that load pictures open, too.
 */
export const brevoTypes: ReadonlyMap<string, EmailType> = new Map([
  ['request', 'communications.email.accepted'],
  ['deferred', 'communications.email.deferred'],
  ['delivered', 'communications.email.delivered'],
  ['soft_bounce', 'communications.email.bounced'],
  ['hard_bounce', 'communications.email.bounced'],
  ['blocked', 'communications.email.dropped'],
  ['invalid_email', 'communications.email.dropped'],
  ['error', 'communications.email.dropped'],
  ['opened', 'communications.email.opened'],
  ['unique_opened', 'communications.email.opened'],
  ['proxy_open', 'communications.email.opened'],
  ['unique_proxy_open', 'communications.email.opened'],
  ['click', 'communications.email.clicked'],
  ['spam', 'communications.email.complained'],
  ['complaint', 'communications.email.complained'],
  ['unsubscribed', 'communications.email.unsubscribed'],
  ['unsubscribe', 'communications.email.unsubscribed'],
]);

/** A delivery is one event, or an array of up to 500 where the webhook is set to batches. */
export function normalizeBrevo(delivery: VerifiedDelivery<BrevoOptions>): Normalization {
  return normalizeBatch(delivery, { single: true }, (item) => normalizeItem(delivery, item));
}

function normalizeItem(delivery: VerifiedDelivery<BrevoOptions>, item: BatchItem): ItemOutcome {
  const { value } = item;
  const name = textMember(value, 'event');
  const type = brevoTypes.get(name ?? '');
  const entity = entityOf(value);
  const account = fallbackAccount(delivery);
  const time = timeNames.find((one) => value[one] !== undefined) ?? 'ts_event';
  const { occurred, flaws: timeFlaws } = timeOfFact(
    value[time],
    time === 'ts_epoch' ? readMilliseconds : readSeconds,
    time,
  );
  if (type === undefined || name === undefined || entity === undefined) {
    const flaws = [
      ...(name === undefined ? ['event'] : []),
      ...(type !== undefined && entity === undefined ? ['message-id or email'] : []),
    ];
    const passed = integrationEvent(delivery, {
      account,
      entity: item.alone === undefined ? contentEntity(delivery) : itemEntity(item.alone.text),
      identity: identityOf(item, false),
      occurred,
      ...(name === undefined ? {} : { originalType: name }),
      ...(item.alone === undefined ? {} : { item: item.alone }),
    });
    // Changes of contacts and lists have another member for their time, on the clock of the account.
    return { events: [passed], flaws: [...undocumented(flaws), ...(value[time] === undefined ? [] : timeFlaws)] };
  }
  const { fact, unreadable } = readEmail(value, type, name);
  const event = draftOf({ account, entity, identity: identityOf(item, true), occurred, ...fact });
  return { events: [event], flaws: [...timeFlaws, ...undocumented(unreadable)] };
}

/** When it happened. `ts` and `date` of an e-mail's event follow the clock of the account, as if that were UTC. */
const timeNames = ['ts_event', 'ts_epoch'] as const;

/** What tells two events apart that have no id. The link, because two may be followed within a second. */
const keyMembers = ['message-id', 'camp_id', 'event', 'ts_event', 'ts_epoch', 'email', 'link'] as const;

/** By the members above; what has not their time is known by all of it, if it has another time of its own. */
function identityOf(item: BatchItem, isMapped: boolean): DraftIdentity {
  const { value, index } = item;
  if (isMapped && idText(value['ts_event']) !== '') {
    return { basis: 'key', parts: keyMembers.map((name) => idText(value[name])) };
  }
  const isTimed = ['ts_event', 'ts_epoch', 'ts', 'date'].some((name) => usableId(value[name]) !== undefined);
  return isTimed ? item.contentIdentity() : { basis: 'rx', index };
}

/** A transactional message has one id for all its recipients; a marketing one is known by its campaign. */
function entityOf(item: ExactObject): EntityRef | undefined {
  const recipient = textMember(item, 'email');
  if (recipient === undefined) return undefined;
  const messageId = readMessageId(item['message-id'] ?? null);
  if (typeof messageId === 'string') return recipientEntity(messageId, recipient);
  const campaign = usableId(item['camp_id']);
  return campaign === undefined ? undefined : recipientEntity(`campaign:${campaign}`, recipient);
}

function readEmail(item: ExactObject, type: EmailType, name: string): SnapshotFact {
  const email = emailReader(item, type, name);
  email.state('messageId', 'message-id', readMessageId);
  email.state('recipients', 'email', readRecipient);
  email.state('subject', 'subject', readTitle);
  email.state('templateId', 'template_id', readId);
  email.state('campaignId', 'camp_id', readId);
  email.state('tags', 'tags', readTags);
  stateCustomHeader(email);
  readOutcome(email, name);
  return email.fact(type);
}

/** X-Mailin-custom, the header that senders use to recognise a message, is text and not always JSON. */
function stateCustomHeader(email: EmailReader): void {
  const custom: ExactJson | undefined = email.find('X-Mailin-custom');
  if (typeof custom !== 'string' || custom === '') return;
  const { text, truncated } = capJson(canonicalText({ 'X-Mailin-custom': custom }));
  email.say('attributesJson', text);
  email.say('attributesTruncated', truncated);
}

/** What only some of the events say. */
function readOutcome(email: EmailReader, name: string): void {
  switch (name) {
    case 'soft_bounce':
      email.say('bounceType', 'soft');
      stateReason(email, 'reason');
      return;
    case 'hard_bounce':
      email.say('bounceType', 'hard');
      stateReason(email, 'reason');
      return;
    case 'deferred':
    case 'blocked':
    case 'invalid_email':
    case 'error':
      stateReason(email, 'reason');
      return;
    case 'proxy_open':
    case 'unique_proxy_open':
      email.say('isMachine', true);
      return;
    case 'click':
      email.state('clickedUrl', 'link', readAddress);
      return;
    default:
  }
}

import {
  canonicalText,
  capJson,
  type DraftIdentity,
  type EntityRef,
  type ExactJson,
  type ExactObject,
  type Occurred,
} from '@trunkline/events';

import { type BatchItem, itemEntity, normalizeBatch } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import {
  type EmailReader,
  emailReader,
  type EmailType,
  readMessageId,
  readRecipient,
  readReplyCode,
  readTags,
  stateReason,
} from '../contract/email.ts';
import { fallbackAccount, integrationEvent } from '../contract/integration-event.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { type ItemOutcome, undocumented } from '../contract/outcome.ts';
import type { SnapshotFact } from '../contract/snapshot.ts';
import { readAddress, readTitle } from '../contract/texts.ts';
import { readSeconds, timeOfFact } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readCount, readFlag, readId, readText } from '../contract/values.ts';
import type { SendgridOptions } from './options.ts';

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event */
export const sendgridTypes: ReadonlyMap<string, EmailType> = new Map([
  ['processed', 'communications.email.accepted'],
  ['deferred', 'communications.email.deferred'],
  ['delivered', 'communications.email.delivered'],
  ['bounce', 'communications.email.bounced'],
  ['dropped', 'communications.email.dropped'],
  ['open', 'communications.email.opened'],
  ['click', 'communications.email.clicked'],
  ['spamreport', 'communications.email.complained'],
  ['unsubscribe', 'communications.email.unsubscribed'],
  ['group_unsubscribe', 'communications.email.unsubscribed'],
  ['group_resubscribe', 'communications.email.resubscribed'],
]);

/** A delivery is an array of events about any number of e-mails. */
export function normalizeSendgrid(delivery: VerifiedDelivery<SendgridOptions>): Normalization {
  return normalizeBatch(delivery, { single: false }, (item) => normalizeItem(delivery, item));
}

function normalizeItem(delivery: VerifiedDelivery<SendgridOptions>, item: BatchItem): ItemOutcome {
  const name = typeof item.value['event'] === 'string' ? item.value['event'] : undefined;
  const type = sendgridTypes.get(name ?? '');
  const id = usableId(item.value['sg_event_id']);
  const { occurred, flaws } = timeOfFact(item.value['timestamp'], readSeconds, 'timestamp');
  const common = {
    account: fallbackAccount(delivery),
    identity: identityOf(item, id, occurred),
    occurred,
    ...(id === undefined ? {} : { providerEventId: id }),
  };
  if (type === undefined || name === undefined) {
    const passed = integrationEvent(delivery, {
      ...common,
      entity: entityOf(item),
      ...(name === undefined ? {} : { originalType: name }),
      ...(item.alone === undefined ? {} : { item: item.alone }),
    });
    return { events: [passed], flaws: [...undocumented(name === undefined ? ['event'] : []), ...flaws] };
  }
  const { fact, unreadable } = readEmail(item.value, type, name);
  const event = draftOf({ ...common, entity: entityOf(item), ...fact });
  return { events: [event], flaws: [...flaws, ...undocumented(unreadable)] };
}

/** Documented as unique, and missing where recipients unsubscribe (sendgrid/docs#2862); there the item names its moment. */
function identityOf(item: BatchItem, id: string | undefined, occurred: Occurred): DraftIdentity {
  if (id !== undefined) return { basis: 'id', id };
  return occurred.estimated ? { basis: 'rx', index: item.index } : item.contentIdentity();
}

/**
 * sg_message_id names one e-mail to one recipient. A bounce that the receiving server sends later has none; it stands
 * for itself, and its smtp-id and address say what it belongs to.
 */
function entityOf(item: BatchItem): EntityRef {
  const message = usableId(item.value['sg_message_id']);
  if (message !== undefined) return { kind: 'email', id: message };
  const event = usableId(item.value['sg_event_id']);
  return event === undefined ? itemEntity(item.alone?.text ?? '') : { kind: 'event', id: event };
}

function readEmail(item: ExactObject, type: EmailType, name: string): SnapshotFact {
  const email = emailReader(item, type, name);
  email.state('messageId', 'smtp-id', readMessageId);
  email.state('recipients', 'email', readRecipient);
  email.state('templateId', isSingleSend(item) ? 'template_id' : 'sg_template_id', readText);
  const campaign = campaigns.find(({ id }) => item[id] !== undefined);
  if (campaign !== undefined) {
    email.state('campaignId', campaign.id, readId);
    email.state('campaignName', campaign.name, readTitle);
  }
  email.state('tags', 'category', readTags);
  readOutcome(email, name);
  const attributes = customArguments(item);
  if (attributes !== undefined) {
    const { text, truncated } = capJson(canonicalText(attributes));
    email.say('attributesJson', text);
    email.say('attributesTruncated', truncated);
  }
  return email.fact(type);
}

/** What only some of the events say. */
function readOutcome(email: EmailReader, name: string): void {
  switch (name) {
    case 'deferred':
      stateReason(email, 'response');
      email.state('responseCode', 'response', readReplyCode);
      email.state('attempt', 'attempt', readAttempt);
      return;
    case 'delivered':
      email.state('responseCode', 'response', readReplyCode);
      return;
    case 'bounce':
      email.state('bounceType', 'type', readBounceType);
      email.state('responseCode', 'status', readText);
      email.state('bounceClassification', 'bounce_classification', readText);
      stateReason(email, 'reason');
      return;
    case 'dropped':
      email.state('bounceClassification', 'bounce_classification', readText);
      stateReason(email, 'reason');
      return;
    case 'open':
      email.state('isMachine', 'sg_machine_open', readFlag);
      return;
    case 'click':
      email.state('clickedUrl', 'url', readAddress);
      return;
    case 'unsubscribe':
      email.say('unsubscribeGroupId', null);
      return;
    case 'group_unsubscribe':
    case 'group_resubscribe':
      email.state('unsubscribeGroupId', 'asm_group_id', readId);
      return;
    default:
  }
}

/** `bounce` is for good; `blocked` is a refusal that says nothing about the address. */
function readBounceType(value: ExactJson): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value === 'bounce' ? 'hard' : value;
}

/** A number that SendGrid writes as text. */
function readAttempt(value: ExactJson): number | undefined {
  if (typeof value !== 'string') return readCount(value);
  return /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}

/** SendGrid puts what the sender attached (unique arguments, custom arguments) beside its own members. */
function customArguments(item: ExactObject): ExactObject | undefined {
  const isOwn = (name: string): boolean => ownMembers.has(name) || (singleSendMembers.has(name) && isSingleSend(item));
  const names = Object.keys(item).filter((name) => !isOwn(name));
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((name) => [name, item[name] ?? null]));
}

/** Marketing Campaigns: Single Sends, automations, and the older campaigns. */
const campaigns = [
  { id: 'singlesend_id', name: 'singlesend_name' },
  { id: 'mc_auto_id', name: 'mc_auto_name' },
  { id: 'marketing_campaign_id', name: 'marketing_campaign_name' },
] as const;

function isSingleSend(item: ExactObject): boolean {
  return item['singlesend_id'] !== undefined;
}

/** SendGrid's own only beside a Single Send; elsewhere they may be what a sender attached. */
const singleSendMembers: ReadonlySet<string> = new Set(['template_id', 'template_version_id', 'template_hash']);

const ownMembers: ReadonlySet<string> = new Set([
  'mc_auto_id',
  'mc_auto_name',
  'mc_auto_step_id',
  'singlesend_id',
  'singlesend_name',
  'asm_group_id',
  'attempt',
  'bounce_classification',
  'category',
  'cert_err',
  'email',
  'event',
  'ip',
  'marketing_campaign_id',
  'marketing_campaign_name',
  'marketing_campaign_split_id',
  'marketing_campaign_version',
  'mc_pod_id',
  'mc_stats',
  'newsletter',
  'phase_id',
  'pool',
  'reason',
  'response',
  'send_at',
  'sg_content_type',
  'sg_event_id',
  'sg_machine_open',
  'sg_message_id',
  'sg_template_id',
  'sg_template_name',
  'sg_user_id',
  'smtp-id',
  'status',
  'timestamp',
  'tls',
  'type',
  'url',
  'url_offset',
  'useragent',
]);

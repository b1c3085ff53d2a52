import type { ExactObject } from '@trunkline/events';

import type { EmailType } from '../contract/email.ts';
import { textMember } from '../contract/json-body.ts';
import type { EventMapping } from '../contract/provider.ts';

/** What one kind of record becomes, and where it says what. */
export interface RecordFacts {
  readonly to: EmailType;
  /** The members that say to whom and when. */
  readonly recipient: string;
  readonly time: string;
  /** What tells it apart from the other records about the message, beside recipient and time. */
  readonly key: readonly string[];
  /** Whether this one says it: some are about something else, or repeat what another record says. */
  readonly counts?: (record: ExactObject) => boolean;
}

/** https://postmarkapp.com/developer/webhooks/webhooks-overview, by `RecordType`. */
const records: ReadonlyMap<string, RecordFacts> = new Map<string, RecordFacts>([
  ['Delivery', { to: 'communications.email.delivered', recipient: 'Recipient', time: 'DeliveredAt', key: [] }],
  [
    'Bounce',
    { to: 'communications.email.bounced', recipient: 'Email', time: 'BouncedAt', key: ['ID'], counts: isBounce },
  ],
  ['SpamComplaint', { to: 'communications.email.complained', recipient: 'Email', time: 'BouncedAt', key: ['ID'] }],
  ['Open', { to: 'communications.email.opened', recipient: 'Recipient', time: 'ReceivedAt', key: [] }],
  ['Click', { to: 'communications.email.clicked', recipient: 'Recipient', time: 'ReceivedAt', key: ['OriginalLink'] }],
  [
    'SubscriptionChange',
    {
      to: 'communications.email.unsubscribed',
      recipient: 'Recipient',
      time: 'ChangedAt',
      key: ['SuppressSending'],
      counts: isUnsubscribe,
    },
  ],
]);

/** What Postmark refused itself: no server was asked, so nothing bounced. */
const refusals: ReadonlySet<string | undefined> = new Set([
  'ManuallyDeactivated',
  'SMTPApiError',
  'TemplateRenderingFailed',
]);

/** An incoming e-mail has no `RecordType`; the page of Postmark calls it inbound. */
export const postmarkMappings: readonly EventMapping[] = [
  ...[...records].map(([from, { to }]) => ({ from, to })),
  { from: 'Bounce', to: 'communications.email.dropped' },
  { from: 'Inbound', to: 'communications.email.received' },
];

/** What a record becomes; undefined where it is passed on. */
export function factsOf(record: ExactObject): RecordFacts | undefined {
  const facts = records.get(textMember(record, 'RecordType') ?? '');
  if (facts?.counts?.(record) === false) return undefined;
  const isRefusal = facts?.to === 'communications.email.bounced' && refusals.has(textMember(record, 'Type'));
  return isRefusal ? { ...facts, to: 'communications.email.dropped' } : facts;
}

/** Types of "bounces" that are answers to a mail which did arrive, or that are about inbound mail. */
const answers: ReadonlySet<string | undefined> = new Set([
  'AutoResponder',
  'AddressChange',
  'ChallengeVerification',
  'Subscribe',
  'Unsubscribe',
  'InboundError',
]);

function isBounce(record: ExactObject): boolean {
  return !answers.has(textMember(record, 'Type'));
}

/** A change that follows from a bounce or a complaint is said by those; one that is undone or made by the sender is none. */
function isUnsubscribe(record: ExactObject): boolean {
  return (
    record['SuppressSending'] === true &&
    textMember(record, 'SuppressionReason') === 'ManualSuppression' &&
    textMember(record, 'Origin') === 'Recipient'
  );
}

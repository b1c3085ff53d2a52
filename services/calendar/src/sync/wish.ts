import type { RecordOf } from '@trunkline/events';

type IntegrationEvent = RecordOf<'integration.event.v1'>;

/** That a calendar be read: its provider said that something changed, but not what. */
export interface SyncWish {
  readonly sourceId: string;
  readonly provider: string;
  readonly account: string;
  readonly deliveryId: string;
  readonly channelId: string | null;
  readonly resourceId: string | null;
  readonly resourceUri: string | null;
  readonly resourceState: string | null;
  readonly messageNumber: number | null;
  readonly channelExpiresAt: number | null;
  readonly reason: SyncReason;
  readonly isFull: boolean;
}

export type SyncReason = 'changed' | 'missed' | 'removed' | 'reauthorization_required';

/** The wish that a message without a canonical form stands for; undefined for all that speak of no calendar. */
export function wishOf(record: IntegrationEvent): SyncWish | undefined {
  switch (record.metadata.provider) {
    case 'google_calendar':
      return googleWish(record);
    case 'microsoft_graph':
      return graphWish(record);
    default:
      return undefined;
  }
}

/** Everything that Google says is in headers. */
function googleWish(record: IntegrationEvent): SyncWish {
  const header = (name: string): string | null => headerOf(record, name);
  return {
    ...originOf(record),
    channelId: header('x-goog-channel-id'),
    resourceId: header('x-goog-resource-id'),
    resourceUri: header('x-goog-resource-uri'),
    resourceState: header('x-goog-resource-state'),
    messageNumber: wholeNumber(header('x-goog-message-number')),
    channelExpiresAt: instant(header('x-goog-channel-expiration')),
    reason: 'changed',
    isFull: false,
  };
}

const lifecycleReasons: ReadonlyMap<string | null, SyncReason> = new Map([
  ['lifecycle.missed', 'missed'],
  ['lifecycle.subscriptionRemoved', 'removed'],
  ['lifecycle.reauthorizationRequired', 'reauthorization_required'],
]);

/** What becomes of a subscription; all else that Graph sends here is about messages, contacts and the like. */
function graphWish(record: IntegrationEvent): SyncWish | undefined {
  const reason = lifecycleReasons.get(record.originalType);
  if (reason === undefined) return undefined;
  const item = objectOf(record.body);
  const subscription = textOf(item, 'subscriptionId');
  return {
    ...originOf(record),
    channelId: subscription,
    // What is watched is named by an address, often enough, and the resource id stands in a key.
    resourceId: subscription,
    resourceUri: textOf(item, 'resource'),
    resourceState: null,
    messageNumber: null,
    channelExpiresAt: instant(textOf(item, 'subscriptionExpirationDateTime')),
    reason,
    isFull: false,
  };
}

function originOf({ metadata }: IntegrationEvent): Pick<SyncWish, 'sourceId' | 'provider' | 'account' | 'deliveryId'> {
  const { sourceId, provider, account, deliveryId } = metadata;
  return { sourceId, provider, account, deliveryId };
}

function headerOf({ headers }: IntegrationEvent, name: string): string | null {
  const found = headers?.find((header) => header.name.toLowerCase() === name)?.value ?? null;
  return found === '' ? null : found;
}

/** The item of the delivery, which the normaliser wrote as JSON; nothing of it is needed to wish for a reading. */
function objectOf(body: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function textOf(item: object, name: string): string | null {
  const value: unknown = Object.entries(item).find(([key]) => key === name)?.[1];
  return typeof value === 'string' && value !== '' ? value : null;
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}

function instant(text: string | null): number | null {
  const ms = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

import {
  canonicalText,
  type DraftIdentity,
  type EventTypeOf,
  type ExactJson,
  type ExactObject,
  idText,
  type OrderBy,
  type StatedFieldOf,
} from '@trunkline/events';

import { type BatchItem, itemEntity, normalizeBatch } from '../contract/batch.ts';
import type { VerifiedDelivery } from '../contract/delivery.ts';
import { contentEntity, integrationEvent } from '../contract/integration-event.ts';
import { textMember } from '../contract/json-body.ts';
import { draftOf, type Normalization } from '../contract/normalization.ts';
import { type ItemOutcome, undocumented } from '../contract/outcome.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isJsonLeftOut, readAddress, readJsonText, readTitle } from '../contract/texts.ts';
import { readInstant } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { readText } from '../contract/values.ts';
import type { SegmentOptions } from './options.ts';

const topic = 'analytics.activity.v1';
type ActivityType = EventTypeOf<typeof topic>;

/** https://www.twilio.com/docs/segment/connections/spec */
export const segmentTypes: ReadonlyMap<string, ActivityType> = new Map([
  ['track', 'analytics.activity.tracked'],
  ['identify', 'analytics.activity.identified'],
  ['page', 'analytics.activity.page_viewed'],
  ['screen', 'analytics.activity.screen_viewed'],
  ['group', 'analytics.activity.grouped'],
  ['alias', 'analytics.activity.aliased'],
]);

/** A delivery is one call, or an array of them where the destination is set to batches. */
export function normalizeSegment(delivery: VerifiedDelivery<SegmentOptions>): Normalization {
  return normalizeBatch(delivery, { single: true }, (item) => normalizeItem(delivery, item));
}

function normalizeItem(delivery: VerifiedDelivery<SegmentOptions>, item: BatchItem): ItemOutcome {
  const { value, alone } = item;
  const name = textMember(value, 'type');
  const type = segmentTypes.get(name ?? '');
  const id = usableId(value['messageId']);
  // Segment's own correction of the sender's clock; originalTimestamp is what that clock said.
  const at = readInstant(value['timestamp']);
  const flaws = [
    ...(id === undefined ? ['messageId'] : []),
    ...(name === undefined ? ['type'] : []),
    ...(type !== undefined && at === undefined ? ['timestamp'] : []),
  ];
  const known = {
    account: delivery.settings.sourceId,
    identity: identityOf(item, id, at),
    occurred: at === undefined ? ({ estimated: true } as const) : ({ at, estimated: false } as const),
    ...(id === undefined ? {} : { providerEventId: id }),
  };
  const unnamed = alone === undefined ? contentEntity(delivery) : itemEntity(alone.text);
  const entity = id === undefined ? unnamed : { kind: 'activity', id };
  if (type === undefined) {
    const passed = integrationEvent(delivery, {
      ...known,
      entity,
      ...(name === undefined ? {} : { originalType: name }),
      ...(alone === undefined ? {} : { item: alone }),
    });
    return { events: [passed], flaws: undocumented(flaws) };
  }
  const { fact, unreadable } = readActivity(value, type);
  const orderBy = orderByPerson(value);
  const event = draftOf({ ...known, entity, ...(orderBy === undefined ? {} : { orderBy }), ...fact });
  return { events: [event], flaws: undocumented([...flaws, ...unreadable]) };
}

/** Without a messageId a call is known by what it says, where that names the moment. */
function identityOf({ value, index }: BatchItem, id: string | undefined, at: number | undefined): DraftIdentity {
  if (id !== undefined) return { basis: 'id', id };
  if (at === undefined) return { basis: 'rx', index };
  return { basis: 'hash', canonicalItem: canonicalText(value), occurrence: 0 };
}

/** What one person did stays in order: who they are before what they do. An id may be an address, so it is digested. */
function orderByPerson(item: ExactObject): OrderBy | undefined {
  const person = usableId(item['userId']) ?? usableId(item['anonymousId']);
  return person === undefined ? undefined : { by: 'personal', kind: 'person', values: [person] };
}

function readActivity(item: ExactObject, type: ActivityType): SnapshotFact {
  const activity = new SnapshotReader(topic, item);
  const ids = ['userId', 'anonymousId', 'previousId', 'groupId'] as const satisfies readonly StatedFieldOf<
    typeof topic
  >[];
  for (const name of ids) activity.state(name, name, readPersonId);
  activity.state('name', type === 'analytics.activity.tracked' ? 'event' : 'name', readText);
  activity.state('category', 'category', readText);
  activity.state('propertiesJson', 'properties', readJsonText);
  activity.state('propertiesTruncated', 'properties', isJsonLeftOut);
  activity.state('traitsJson', 'traits', readJsonText);
  activity.state('traitsTruncated', 'traits', isJsonLeftOut);
  stateContext(activity);
  // Where it happened: libraries in browsers say it of every call, servers of page calls at most.
  const page = activity.find('context.page.url') === undefined ? 'properties' : 'context.page';
  if (page === 'context.page' || type === 'analytics.activity.page_viewed') {
    activity.state('pageUrl', `${page}.url`, readPageUrl);
    activity.state('pageTitle', `${page}.title`, readTitle);
  }
  activity.state('channel', 'channel', readText);
  activity.state('sentAt', 'sentAt', readInstant);
  return activity.fact(type);
}

/** What the context says beside the call: which campaign led there, and who it was where the call itself does not say. */
function stateContext(activity: SnapshotReader<typeof topic>): void {
  activity.state('utmSource', 'context.campaign.source', readTitle);
  activity.state('utmMedium', 'context.campaign.medium', readTitle);
  activity.state('utmCampaign', 'context.campaign.name', readTitle);
  activity.state('utmTerm', 'context.campaign.term', readTitle);
  activity.state('utmContent', 'context.campaign.content', readTitle);
  activity.state('locale', 'context.locale', readTitle);
  if (activity.find('traits') !== undefined) return;
  activity.state('traitsJson', 'context.traits', readJsonText);
  activity.state('traitsTruncated', 'context.traits', isJsonLeftOut);
}

/** A text or a number, as it was written; an empty text is none. */
function readPersonId(value: ExactJson): string | null | undefined {
  if (value === '') return null;
  return typeof value === 'object' && usableId(value) === undefined ? undefined : idText(value);
}

/** The address without its query and fragment: they carry what people typed, and tokens. */
function readPageUrl(value: ExactJson): string | null | undefined {
  return typeof value === 'string' ? readAddress(value.replace(/[?#].*$/s, '')) : undefined;
}

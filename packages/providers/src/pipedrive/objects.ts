import { type EventTypeOf, type ExactJson, type ExactObject, textLimit } from '@trunkline/events';

import { member } from '../contract/json-body.ts';
import { minorUnits } from '../contract/money.ts';
import type { EventMapping } from '../contract/provider.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isCut, isJsonLeftOut, readDay, readFilled, readJsonText, readTitle, textUpTo } from '../contract/texts.ts';
import { readUtc } from '../contract/times.ts';
import { readCurrency, readFlag } from '../contract/values.ts';
import {
  dueAt,
  readDecimal,
  readDuration,
  readLabels,
  readPercent,
  readPrimary,
  readPrimaryPhone,
  readReference,
} from './values.ts';

/** One message about an object: what was done, the object after it, and what of it was different before. */
export interface ObjectChange {
  readonly action: 'create' | 'change' | 'delete';
  readonly data: ExactObject;
  readonly previous: ExactJson | undefined;
  /** The record this one was merged into, or that was merged into this one. */
  readonly mergedInto: string | undefined;
  readonly mergedFrom: string | undefined;
  readonly changeSource: string | null;
}

type PipedriveTopic = 'crm.contact.v1' | 'crm.company.v1' | 'crm.deal.v1' | 'crm.activity.v1';
type Reader<T extends PipedriveTopic> = SnapshotReader<T>;
/** Topics whose records merge. */
type MergingTopic = Exclude<PipedriveTopic, 'crm.activity.v1'>;

export interface PipedriveObject {
  readonly types: readonly EventMapping['to'][];
  readonly fact: (change: ObjectChange) => SnapshotFact;
}

/** A deletion says that it is gone and nothing else: `data` is null then. */
function existence<T extends PipedriveTopic>(reader: Reader<T>, change: ObjectChange): void {
  // Every one of these topics has the field.
  const any = reader as unknown as SnapshotReader<PipedriveTopic>;
  if (change.action !== 'change') any.say('isDeleted', change.action === 'delete');
  else any.state('isDeleted', 'is_deleted', readFlag);
}

function merging<T extends MergingTopic>(reader: Reader<T>, { mergedInto, mergedFrom }: ObjectChange): void {
  // Every one of these topics has the fields.
  const any = reader as unknown as SnapshotReader<MergingTopic>;
  if (mergedInto !== undefined) any.say('mergedInto', mergedInto);
  if (mergedFrom !== undefined) any.say('mergedFrom', [mergedFrom]);
}

function common<T extends PipedriveTopic>(reader: Reader<T>): void {
  // Every one of these topics has the fields.
  const any = reader as unknown as SnapshotReader<PipedriveTopic>;
  any.state('customFieldsJson', 'custom_fields', readJsonText);
  any.state('customFieldsTruncated', 'custom_fields', isJsonLeftOut);
  any.state('createdAt', 'add_time', readUtc);
  any.state('updatedAt', 'update_time', readUtc);
}

function isMerge({ mergedInto, mergedFrom }: ObjectChange): boolean {
  return mergedInto !== undefined || mergedFrom !== undefined;
}

/** Whether a change says that the member was different before. */
function changed({ action, previous }: ObjectChange, name: string): boolean {
  return action === 'change' && member(previous, name) !== undefined;
}

function plainType<W extends string>(
  action: ObjectChange['action'],
  entity: W,
): `${W}.${'created' | 'updated' | 'deleted'}` {
  return `${entity}.${action === 'create' ? 'created' : action === 'change' ? 'updated' : 'deleted'}`;
}

function contactFact(change: ObjectChange, read: (reader: Reader<'crm.contact.v1'>) => void): SnapshotFact {
  const reader: Reader<'crm.contact.v1'> = new SnapshotReader('crm.contact.v1', change.data);
  existence(reader, change);
  merging(reader, change);
  read(reader);
  common(reader);
  const type = isMerge(change) ? 'crm.contact.merged' : plainType(change.action, 'crm.contact');
  return reader.fact(type, undefined, { changeSource: change.changeSource });
}

function personFact(change: ObjectChange): SnapshotFact {
  return contactFact(change, (reader) => {
    reader.state('email', 'emails', readPrimary);
    reader.state('phone', 'phones', readPrimaryPhone);
    reader.state('labels', 'label_ids', readLabels);
    reader.state('firstName', 'first_name', readFilled);
    reader.state('lastName', 'last_name', readFilled);
    reader.state('fullName', 'name', readFilled);
    reader.state('jobTitle', 'job_title', readFilled);
    reader.state('companyId', 'org_id', readReference);
    reader.state('ownerId', 'owner_id', readReference);
    reader.state('marketingStatus', 'marketing_status', readFilled);
  });
}

function organizationFact(change: ObjectChange): SnapshotFact {
  const reader: Reader<'crm.company.v1'> = new SnapshotReader('crm.company.v1', change.data);
  existence(reader, change);
  merging(reader, change);
  reader.state('name', 'name', readFilled);
  reader.state('labels', 'label_ids', readLabels);
  reader.state('city', 'address.locality', readFilled);
  reader.state('country', 'address.country', readFilled);
  reader.state('ownerId', 'owner_id', readReference);
  common(reader);
  const type = isMerge(change) ? 'crm.company.merged' : plainType(change.action, 'crm.company');
  return reader.fact(type, undefined, { changeSource: change.changeSource });
}

function dealFact(change: ObjectChange): SnapshotFact {
  const reader: Reader<'crm.deal.v1'> = new SnapshotReader('crm.deal.v1', change.data);
  existence(reader, change);
  merging(reader, change);
  // A deleted deal has no status of its own; isDeleted says it.
  if (reader.find('status') !== 'deleted') reader.state('status', 'status', readDealStatus);
  reader.state('title', 'title', readTitle);
  stateValue(reader, 'value', 'currency');
  reader.state('labels', 'label_ids', readLabels);
  reader.state('isArchived', 'is_archived', readFlag);
  reader.state('pipelineId', 'pipeline_id', readReference);
  reader.state('stageId', 'stage_id', readReference);
  reader.state('probabilityPercent', 'probability', readPercent);
  reader.state('ownerId', 'owner_id', readReference);
  reader.state('contactId', 'person_id', readReference);
  reader.state('companyId', 'org_id', readReference);
  reader.state('leadSource', 'origin', readFilled);
  reader.state('expectedCloseDate', 'expected_close_date', readDay);
  reader.state('closedAt', 'close_time', readUtc);
  reader.state('lostReason', 'lost_reason', textUpTo(textLimit.reason));
  reader.state('lostReasonTruncated', 'lost_reason', isCut(textLimit.reason));
  common(reader);
  return reader.fact(dealType(change), undefined, { changeSource: change.changeSource });
}

/** The most specific thing a change of a deal is. */
function dealType(change: ObjectChange): EventTypeOf<'crm.deal.v1'> {
  const { data } = change;
  if (isMerge(change)) return 'crm.deal.merged';
  if (changed(change, 'status') && data['status'] === 'won') return 'crm.deal.won';
  if (changed(change, 'status') && data['status'] === 'lost') return 'crm.deal.lost';
  if (changed(change, 'stage_id')) return 'crm.deal.stage_changed';
  return plainType(change.action, 'crm.deal');
}

/**
 * A lead is a deal that may come of something, and not a person: it has a title and a value and is linked to a person or an
 * organization (https://pipedrive.readme.io/docs/leads-api).
 */
function leadFact(change: ObjectChange): SnapshotFact {
  const reader: Reader<'crm.deal.v1'> = new SnapshotReader('crm.deal.v1', change.data);
  existence(reader, change);
  merging(reader, change);
  reader.state('title', 'title', readTitle);
  stateValue(reader, 'value.amount', 'value.currency');
  reader.state('ownerId', 'owner_id', readReference);
  reader.state('contactId', 'person_id', readReference);
  reader.state('companyId', 'organization_id', readReference);
  reader.state('leadSource', reader.find('source_name') === undefined ? 'origin' : 'source_name', readFilled);
  reader.state('expectedCloseDate', 'expected_close_date', readDay);
  reader.state('labels', 'label_ids', readLabels);
  reader.state('isArchived', 'is_archived', readFlag);
  common(reader);
  const type = isMerge(change) ? 'crm.deal.merged' : plainType(change.action, 'crm.deal');
  return reader.fact(type, undefined, { changeSource: change.changeSource });
}

/** A fraction of a minor unit is no amount; the decimal beside it says what it was. */
function stateValue(reader: Reader<'crm.deal.v1'>, amount: string, currency: string): void {
  const code = readCurrency(reader.find(currency));
  reader.state(
    'amount',
    amount,
    (value) => minorUnits(value, code) ?? (readDecimal(value) === undefined ? undefined : null),
  );
  reader.state('amountDecimal', amount, readDecimal);
  reader.state('currency', currency, readCurrency);
}

function readDealStatus(value: ExactJson): string | undefined {
  return value === 'open' || value === 'won' || value === 'lost' ? value : undefined;
}

function activityFact(change: ObjectChange): SnapshotFact {
  const reader: Reader<'crm.activity.v1'> = new SnapshotReader('crm.activity.v1', change.data);
  existence(reader, change);
  reader.state('activityType', 'type', readFilled);
  reader.state('subject', 'subject', readTitle);
  reader.state('text', 'note', textUpTo(textLimit.text));
  reader.state('textTruncated', 'note', isCut(textLimit.text));
  reader.state('isDone', 'done', readFlag);
  reader.state('dueDate', 'due_date', readDay);
  reader.state('dueAt', 'due_time', (time) => dueAt(change.data['due_date'], time));
  reader.state('durationSeconds', 'duration', readDuration);
  reader.state('completedAt', 'marked_as_done_time', readUtc);
  reader.state('priority', 'priority', readReference);
  relations(reader, 'owner_id');
  common(reader);
  const isCompleted = changed(change, 'done') && change.data['done'] === true;
  const type = isCompleted ? 'crm.activity.completed' : plainType(change.action, 'crm.activity');
  return reader.fact(type, undefined, { changeSource: change.changeSource });
}

function noteFact(change: ObjectChange): SnapshotFact {
  const reader: Reader<'crm.activity.v1'> = new SnapshotReader('crm.activity.v1', change.data);
  existence(reader, change);
  if (change.action !== 'delete') reader.say('activityType', 'note');
  reader.state('text', 'content', textUpTo(textLimit.text));
  reader.state('textTruncated', 'content', isCut(textLimit.text));
  relations(reader, 'user_id');
  common(reader);
  return reader.fact(plainType(change.action, 'crm.activity'), undefined, { changeSource: change.changeSource });
}

function relations(reader: Reader<'crm.activity.v1'>, owner: string): void {
  reader.state('ownerId', owner, readReference);
  reader.state('contactId', 'person_id', readReference);
  reader.state('companyId', 'org_id', readReference);
  reader.state('dealId', 'deal_id', readReference);
}

const objects: ReadonlyMap<string, PipedriveObject['fact']> = new Map([
  ['deal', dealFact],
  ['person', personFact],
  ['lead', leadFact],
  ['organization', organizationFact],
  ['activity', activityFact],
  ['note', noteFact],
]);

/** How the objects of a kind are read; undefined for a kind without a canonical form (product, user, pipeline, stage). */
export function factOf(kind: string): PipedriveObject['fact'] | undefined {
  return objects.get(kind);
}

const entities = [
  ['deal', 'crm.deal'],
  ['person', 'crm.contact'],
  ['lead', 'crm.deal'],
  ['organization', 'crm.company'],
  ['activity', 'crm.activity'],
  ['note', 'crm.activity'],
] as const;

/** What `<action>.<entity>` becomes; the pages and `trunkline send` use the words in which webhooks are created. */
export const pipedriveMappings: readonly EventMapping[] = [
  ...entities.flatMap(([kind, entity]) =>
    (['create', 'change', 'delete'] as const).map((action) => ({
      from: `${action}.${kind}`,
      to: plainType(action, entity),
    })),
  ),
  { from: 'change.deal', to: 'crm.deal.stage_changed' },
  { from: 'change.deal', to: 'crm.deal.won' },
  { from: 'change.deal', to: 'crm.deal.lost' },
  { from: 'change.activity', to: 'crm.activity.completed' },
  ...(['deal', 'contact', 'company'] as const).flatMap((entity) => {
    const kind = { deal: 'deal', contact: 'person', company: 'organization' }[entity];
    const to = `crm.${entity}.merged` as const;
    return [
      { from: `change.${kind}`, to },
      { from: `delete.${kind}`, to },
    ];
  }),
];

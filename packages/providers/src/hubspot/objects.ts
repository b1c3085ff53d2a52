import { capText, type EventTypeOf, type ExactObject, type PayloadOf, textLimit } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import type { EventMapping } from '../contract/provider.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readMilliseconds } from '../contract/times.ts';
import {
  companyProperties,
  contactProperties,
  type CrmTopic,
  dealProperties,
  type PropertyTable,
  ticketProperties,
} from './properties.ts';

/** What may happen to an object of HubSpot, besides being linked and merged. */
export type Change = 'creation' | 'propertyChange' | 'deletion' | 'privacyDeletion' | 'restore';

/** One of the kinds of objects that have a canonical form. */
export interface CrmObject {
  readonly kind: string;
  /** `objectTypeId` in the newer object.* messages. */
  readonly typeId: string;
  readonly mappings: readonly EventMapping[];
  readonly fact: (item: ExactObject, change: Change) => SnapshotFact;
  readonly mergeFact: (item: ExactObject, merge: RecordOfMerge) => SnapshotFact;
}

/** One record of a merge: the one that goes on, where `into` is its own id, or one that went into it. */
export interface RecordOfMerge {
  readonly id: string;
  readonly into: string;
  readonly from: readonly string[];
}

interface Design<T extends CrmTopic> {
  readonly kind: string;
  readonly typeId: string;
  readonly topic: T;
  readonly properties: PropertyTable<T>;
  readonly types: Readonly<Record<Change | 'merge', EventTypeOf<T>>>;
  /** Properties whose change is an event type of its own: the value it needs, or any. */
  readonly special: readonly { readonly property: string; readonly value?: string; readonly type: EventTypeOf<T> }[];
}

function crmObject<T extends CrmTopic>(design: Design<T>): CrmObject {
  // The parts belong to one topic by the type of the argument; from here on it is any of the four.
  const { kind, typeId, topic, properties, types, special } = design as unknown as Design<CrmTopic>;

  const propertyFact = (item: ExactObject): SnapshotFact => {
    const reader = new SnapshotReader<CrmTopic>(topic, item);
    const name = textMember(item, 'propertyName') ?? '';
    const value = item['propertyValue'];
    const text = typeof value === 'string' ? value : '';
    if (typeof value !== 'string' && value !== null && value !== undefined) reader.flaw('propertyValue');
    const capped = capText(text, textLimit.text);
    const beside = { propertyValue: text === '' ? null : capped.text, propertyValueTruncated: capped.truncated };
    const isStated = properties.get(name)?.(reader, text) ?? false;
    if (!isStated) {
      reader.say('propertyValue', beside.propertyValue);
      reader.say('propertyValueTruncated', beside.propertyValueTruncated);
    }
    const match = special.find((one) => one.property === name && (one.value ?? text) === text);
    const aside = { ...asideOf(item), ...beside, propertyName: capText(name, textLimit.title).text };
    return reader.fact(match?.type ?? types.propertyChange, undefined, aside);
  };

  return {
    kind,
    typeId,
    fact: (item, change) => {
      if (change === 'propertyChange') return propertyFact(item);
      const reader = new SnapshotReader<CrmTopic>(topic, item);
      reader.say('isDeleted', change === 'deletion' || change === 'privacyDeletion');
      // A plain deletion does not say why: it must not overwrite the wish to be forgotten.
      if (change === 'privacyDeletion') reader.say('deletionReason', 'privacy');
      if (change === 'creation') reader.say('createdAt', instantOf(item));
      return reader.fact(types[change], undefined, asideOf(item));
    },
    mergeFact: (item, { id, into, from }) => {
      const reader = new SnapshotReader<CrmTopic>(topic, item);
      reader.say('isDeleted', id !== into);
      if (id === into) reader.say('mergedFrom', [...from]);
      else reader.say('mergedInto', into);
      return reader.fact(types.merge, undefined, asideOf(item));
    },
    mappings: [
      ...changesOf(kind).map((change) => ({ from: `${kind}.${change}`, to: types[change] })),
      ...special.map(({ type }) => ({ from: `${kind}.propertyChange`, to: type })),
      { from: `${kind}.associationChange`, to: 'crm.association.changed' },
    ],
  };
}

/** Only people can ask to be forgotten. */
function changesOf(kind: string): readonly (Change | 'merge')[] {
  const all = ['creation', 'propertyChange', 'deletion', 'restore', 'merge'] as const;
  return kind === 'contact' ? [...all, 'privacyDeletion'] : all;
}

function asideOf(item: ExactObject): Partial<PayloadOf<CrmTopic>> {
  return { changeSource: textMember(item, 'changeSource') ?? null };
}

/** When it happened: `occurredAt` is in milliseconds. */
export function instantOf(item: ExactObject): number | undefined {
  return readMilliseconds(item['occurredAt']);
}

const objects: readonly CrmObject[] = [
  crmObject({
    kind: 'contact',
    typeId: '0-1',
    topic: 'crm.contact.v1',
    properties: contactProperties,
    types: {
      creation: 'crm.contact.created',
      propertyChange: 'crm.contact.updated',
      deletion: 'crm.contact.deleted',
      privacyDeletion: 'crm.contact.deleted',
      restore: 'crm.contact.restored',
      merge: 'crm.contact.merged',
    },
    special: [],
  }),
  crmObject({
    kind: 'company',
    typeId: '0-2',
    topic: 'crm.company.v1',
    properties: companyProperties,
    types: {
      creation: 'crm.company.created',
      propertyChange: 'crm.company.updated',
      deletion: 'crm.company.deleted',
      privacyDeletion: 'crm.company.deleted',
      restore: 'crm.company.restored',
      merge: 'crm.company.merged',
    },
    special: [],
  }),
  crmObject({
    kind: 'deal',
    typeId: '0-3',
    topic: 'crm.deal.v1',
    properties: dealProperties,
    types: {
      creation: 'crm.deal.created',
      propertyChange: 'crm.deal.updated',
      deletion: 'crm.deal.deleted',
      privacyDeletion: 'crm.deal.deleted',
      restore: 'crm.deal.restored',
      merge: 'crm.deal.merged',
    },
    special: [
      { property: 'dealstage', type: 'crm.deal.stage_changed' },
      { property: 'hs_is_closed_won', value: 'true', type: 'crm.deal.won' },
      { property: 'hs_is_closed_lost', value: 'true', type: 'crm.deal.lost' },
    ],
  }),
  crmObject({
    kind: 'ticket',
    typeId: '0-5',
    topic: 'crm.ticket.v1',
    properties: ticketProperties,
    types: {
      creation: 'crm.ticket.created',
      propertyChange: 'crm.ticket.updated',
      deletion: 'crm.ticket.deleted',
      privacyDeletion: 'crm.ticket.deleted',
      restore: 'crm.ticket.restored',
      merge: 'crm.ticket.merged',
    },
    special: [{ property: 'hs_pipeline_stage', type: 'crm.ticket.stage_changed' }],
  }),
];

export const hubspotMappings: readonly EventMapping[] = objects.flatMap(({ mappings }) => mappings);

/** The object a subscription type is about, and what happened: `contact.creation`, or `object.creation` and a type id. */
export function subscriptionOf(item: ExactObject): { readonly object: CrmObject; readonly change: string } | undefined {
  const [prefix, change, more] = (textMember(item, 'subscriptionType') ?? '').split('.');
  if (prefix === undefined || change === undefined || more !== undefined) return undefined;
  const typeId = textMember(item, 'objectTypeId');
  const object = objects.find(({ kind, typeId: id }) => (prefix === 'object' ? id === typeId : kind === prefix));
  return object === undefined ? undefined : { object, change };
}

/** The kind of a type id; for one without a canonical form the id itself. */
export function kindOfTypeId(typeId: string): string {
  return objects.find((object) => object.typeId === typeId)?.kind ?? typeId;
}

export function isChange(text: string): text is Change {
  return ['creation', 'propertyChange', 'deletion', 'privacyDeletion', 'restore'].includes(text);
}

import { capText, type EventTypeOf, type ExactObject, textLimit } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import type { EventMapping } from '../contract/provider.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readMilliseconds } from '../contract/times.ts';
import type { CrmTopic, MergingTopic, PropertyTable } from './properties.ts';

/** What may happen to an object of HubSpot, besides being linked and merged. */
export type Change = 'creation' | 'propertyChange' | 'deletion' | 'privacyDeletion' | 'restore';

/** One of the kinds of objects that have a canonical form. */
export interface CrmObject {
  readonly kind: string;
  /** `objectTypeId` in the newer object.* messages. */
  readonly typeId: string;
  readonly mappings: readonly EventMapping[];
  /** Undefined for a change that does not happen to it. */
  readonly fact: (item: ExactObject, change: Change) => SnapshotFact | undefined;
  readonly mergeFact: (item: ExactObject, merge: RecordOfMerge) => SnapshotFact | undefined;
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
  /** What each change of it is; one that is not here does not happen to it, and is passed on. */
  readonly types: Readonly<Partial<Record<Change | 'merge', EventTypeOf<T>>>>;
  /** What a creation says of an activity, whose kinds are told apart by it. */
  readonly activityType?: string;
  readonly isLinked?: boolean;
  /** Properties whose change is an event type of its own: the value it needs, or any. */
  readonly special: readonly { readonly property: string; readonly value?: string; readonly type: EventTypeOf<T> }[];
}

export function crmObject<T extends CrmTopic>(design: Design<T>): CrmObject {
  // The parts belong to one topic by the type of the argument; from here on it is any of them.
  const any = design as unknown as Design<CrmTopic>;
  const { kind, typeId, topic, properties, types, special, activityType, isLinked } = any;

  const propertyFact = (item: ExactObject, propertyChange: EventTypeOf<CrmTopic>): SnapshotFact => {
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
    return reader.fact(match?.type ?? propertyChange, undefined, aside);
  };

  return {
    kind,
    typeId,
    fact: (item, change) => {
      const type = types[change];
      if (type === undefined) return undefined;
      if (change === 'propertyChange') return propertyFact(item, type);
      const reader = new SnapshotReader<CrmTopic>(topic, item);
      reader.say('isDeleted', change === 'deletion' || change === 'privacyDeletion');
      // A plain deletion does not say why: it must not overwrite the wish to be forgotten.
      if (change === 'privacyDeletion') reader.say('deletionReason', 'privacy');
      if (change === 'creation') reader.say('createdAt', instantOf(item));
      if (change === 'creation' && activityType !== undefined) {
        // Only an activity has one.
        (reader as unknown as SnapshotReader<'crm.activity.v1'>).say('activityType', activityType);
      }
      return reader.fact(type, undefined, asideOf(item));
    },
    mergeFact: (item, { id, into, from }) => {
      if (types.merge === undefined || topic === 'crm.activity.v1') return undefined;
      const reader = new SnapshotReader<MergingTopic>(topic, item);
      reader.say('isDeleted', id !== into);
      if (id === into) reader.say('mergedFrom', [...from]);
      else reader.say('mergedInto', into);
      // Its type is one of a topic whose objects merge.
      return reader.fact(types.merge as EventTypeOf<MergingTopic>, undefined, asideOf(item));
    },
    mappings: [
      ...changesOf(kind).flatMap((change) => mapping(`${kind}.${change}`, types[change])),
      ...special.map(({ type }) => ({ from: `${kind}.propertyChange`, to: type })),
      ...(isLinked === false ? [] : mapping(`${kind}.associationChange`, 'crm.association.changed')),
    ],
  };
}

function mapping(from: string, to: EventMapping['to'] | undefined): readonly EventMapping[] {
  return to === undefined ? [] : [{ from, to }];
}

/** Only people can ask to be forgotten, and a thread of the inbox with them. */
function changesOf(kind: string): readonly (Change | 'merge')[] {
  const all = ['creation', 'propertyChange', 'deletion', 'restore', 'merge'] as const;
  return kind === 'contact' || kind === 'conversation' ? [...all, 'privacyDeletion'] : all;
}

function asideOf(item: ExactObject): { readonly changeSource: string | null } {
  return { changeSource: textMember(item, 'changeSource') ?? null };
}

/** When it happened: `occurredAt` is in milliseconds. */
export function instantOf(item: ExactObject): number | undefined {
  return readMilliseconds(item['occurredAt']);
}

export function isChange(text: string): text is Change {
  return ['creation', 'propertyChange', 'deletion', 'privacyDeletion', 'restore'].includes(text);
}

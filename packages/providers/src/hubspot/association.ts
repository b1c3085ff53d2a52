import { compareUtf8, type ExactObject } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { readFlag, readId } from '../contract/values.ts';
import { kindOfTypeId } from './objects.ts';

export interface End {
  readonly kind: string;
  readonly id: string;
}

/** A link between two objects, the smaller end first: HubSpot tells of each link from both of its ends. */
export interface Link {
  readonly type: string;
  readonly from: End;
  readonly to: End;
  /** Whether it was told from its greater end. */
  readonly turned: boolean;
}

/** The link an associationChange is about; undefined when it does not name both ends and what joins them. */
export function linkOf(item: ExactObject): Link | undefined {
  const fromId = readId(item['fromObjectId']);
  const toId = readId(item['toObjectId']);
  const named = typeAndKinds(item);
  if (fromId === undefined || toId === undefined || named === undefined) return undefined;
  const told = { type: named.type, from: { kind: named.from, id: fromId }, to: { kind: named.to, id: toId } };
  if (isInOrder(told.from, told.to)) return { ...told, turned: false };
  return { type: named.reverse, from: told.to, to: told.from, turned: true };
}

export function entityIdOf({ type, from, to }: Link): string {
  return [type, from.kind, from.id, to.kind, to.id].join('/');
}

export function linkFact(item: ExactObject, link: Link): SnapshotFact {
  const reader = new SnapshotReader('crm.association.v1', item);
  reader.say('associationType', link.type);
  reader.say('fromKind', link.from.kind);
  reader.say('fromId', link.from.id);
  reader.say('toKind', link.to.kind);
  reader.say('toId', link.to.id);
  reader.state('isRemoved', 'associationRemoved', readFlag);
  // Primary is one end's word about the other (the main company of a contact), so only one direction states it.
  if (!link.turned) reader.state('isPrimary', 'isPrimaryAssociation', readFlag);
  return reader.fact('crm.association.changed', undefined, { changeSource: textMember(item, 'changeSource') ?? null });
}

interface TypeAndKinds {
  readonly type: string;
  readonly from: string;
  readonly to: string;
  /** What the same link is called from its other end. */
  readonly reverse: string;
}

/** CONTACT_TO_COMPANY names both kinds; newer messages have type ids of the objects and of the link instead. */
function typeAndKinds(item: ExactObject): TypeAndKinds | undefined {
  const type = textMember(item, 'associationType');
  const [, from, to] = /^([A-Z][A-Z_]{0,63}?)_TO_([A-Z][A-Z_]{0,63})$/.exec(type ?? '') ?? [];
  if (type !== undefined && from !== undefined && to !== undefined) {
    return { type, from: from.toLowerCase(), to: to.toLowerCase(), reverse: `${to}_TO_${from}` };
  }
  const fromType = textMember(item, 'fromObjectTypeId');
  const toType = textMember(item, 'toObjectTypeId');
  const typeId = type ?? readId(item['associationTypeId']);
  if (fromType === undefined || toType === undefined || typeId === undefined) return undefined;
  // A type id has another number from the other end, so such a link is two entities, one for each direction.
  return { type: typeId, from: kindOfTypeId(fromType), to: kindOfTypeId(toType), reverse: typeId };
}

function isInOrder(from: End, to: End): boolean {
  const byKind = compareUtf8(from.kind, to.kind);
  return (byKind === 0 ? compareUtf8(from.id, to.id) : byKind) <= 0;
}

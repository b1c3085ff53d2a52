import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { objectMember, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { usableId } from '../contract/usable-id.ts';
import { readText } from '../contract/values.ts';
import { type ChatFact, inOrderWith, maxPartLength } from './fact.ts';

type ChatType = EventTypeOf<'communications.chat.v1'>;

/** Public channels, and private ones under the older word for them. */
export const channelTypes: ReadonlyMap<string, ChatType> = new Map(
  ['channel', 'group'].flatMap((word): [string, ChatType][] => [
    [`${word}_created`, 'communications.chat.channel_created'],
    [`${word}_rename`, 'communications.chat.channel_updated'],
    [`${word}_archive`, 'communications.chat.channel_updated'],
    [`${word}_unarchive`, 'communications.chat.channel_updated'],
    [`${word}_deleted`, 'communications.chat.channel_deleted'],
  ]),
);

export const memberTypes: ReadonlyMap<string, ChatType> = new Map([
  ['member_joined_channel', 'communications.chat.member_joined'],
  ['member_left_channel', 'communications.chat.member_left'],
]);

/** What happened to a channel, or who is in it; undefined where it names none. */
export function channelEvent(event: ExactObject): ChatFact | undefined {
  const name = textMember(event, 'type') ?? '';
  const channel = usableId(objectMember(event, 'channel')?.['id'] ?? event['channel'], maxPartLength);
  if (channel === undefined) return undefined;
  const type = channelTypes.get(name);
  if (type !== undefined) return { entity: { kind: 'channel', id: channel }, read: channelFact(event, name, type) };
  const memberType = memberTypes.get(name);
  const user = usableId(event['user'], maxPartLength);
  if (memberType === undefined || user === undefined) return undefined;
  const reader = new SnapshotReader('communications.chat.v1', event);
  reader.say('isDeleted', memberType === 'communications.chat.member_left');
  reader.say('channelId', channel);
  reader.say('memberId', user);
  return {
    entity: { kind: 'channel_membership', id: `${channel}:${user}` },
    read: reader.fact(memberType),
    orderBy: inOrderWith({ kind: 'channel', id: channel }),
  };
}

function channelFact(event: ExactObject, name: string, type: ChatType): SnapshotFact {
  const reader = new SnapshotReader('communications.chat.v1', event);
  if (type !== 'communications.chat.channel_updated') {
    reader.say('isDeleted', type === 'communications.chat.channel_deleted');
  }
  if (name.endsWith('_archive') || name.endsWith('_unarchive')) {
    reader.say('channelIsArchived', name.endsWith('_archive'));
  }
  reader.state('channelName', 'channel.name', readText);
  return reader.fact(type);
}

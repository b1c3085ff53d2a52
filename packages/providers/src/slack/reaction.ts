import type { EventTypeOf, ExactObject } from '@trunkline/events';

import { objectMember, textMember } from '../contract/json-body.ts';
import { SnapshotReader } from '../contract/snapshot.ts';
import { usableId } from '../contract/usable-id.ts';
import { type ChatFact, inOrderWith, maxPartLength } from './fact.ts';
import { messageEntity } from './message.ts';

export const reactionTypes: ReadonlyMap<string, EventTypeOf<'communications.chat.v1'>> = new Map([
  ['reaction_added', 'communications.chat.reaction_added'],
  ['reaction_removed', 'communications.chat.reaction_removed'],
]);

/** One reaction of one person to one message; undefined for a reaction to something else, a file for instance. */
export function reactionEvent(event: ExactObject): ChatFact | undefined {
  const type = reactionTypes.get(textMember(event, 'type') ?? '');
  const item = objectMember(event, 'item');
  const message = item === undefined ? undefined : messageEntity(item);
  const user = usableId(event['user'], maxPartLength);
  const reaction = usableId(event['reaction'], maxPartLength);
  if (type === undefined || message === undefined || user === undefined || reaction === undefined) return undefined;
  const reader = new SnapshotReader('communications.chat.v1', event);
  reader.say('isDeleted', type === 'communications.chat.reaction_removed');
  reader.state('channelId', 'item.channel', usableId);
  reader.say('messageId', message.id);
  reader.say('reaction', reaction);
  reader.say('memberId', user);
  return {
    entity: { kind: 'reaction', id: `${message.id}:${user}:${reaction}` },
    read: reader.fact(type),
    orderBy: inOrderWith(message),
  };
}

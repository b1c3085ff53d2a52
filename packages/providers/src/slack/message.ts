import { type EntityRef, type ExactJson, type ExactObject, textLimit } from '@trunkline/events';

import { objectMember, textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isCut, textUpTo } from '../contract/texts.ts';
import { readDecimalSeconds } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';
import { type ChatFact, maxPartLength } from './fact.ts';

/**
 * Kinds of `message` that somebody wrote. The others report on a message (changed, deleted) or on the channel (joined,
 * renamed) and are passed on.
 */
const writtenSubtypes: ReadonlySet<string | undefined> = new Set([
  undefined,
  'bot_message',
  'file_share',
  'me_message',
  'thread_broadcast',
]);

/** The message of an event: its time is its name inside its channel. Undefined where it has none. */
export function messageEntity(event: ExactObject): EntityRef | undefined {
  const channel = usableId(event['channel'], maxPartLength);
  const ts = usableId(event['ts'], maxPartLength);
  return channel === undefined || ts === undefined ? undefined : { kind: 'message', id: idOf(channel, ts) };
}

function idOf(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

/** What an event says about a message that was written; undefined when it is about something else. */
export function postedMessage(event: ExactObject): SnapshotFact | undefined {
  const type = textMember(event, 'type');
  const subtype = textMember(event, 'subtype');
  const isMention = type === 'app_mention';
  if (!isMention && (type !== 'message' || !writtenSubtypes.has(subtype))) return undefined;

  const message = new SnapshotReader('communications.chat.v1', event);
  message.say('isDeleted', false);
  message.say('status', 'posted');
  message.say('providerStatus', subtype ?? type);
  stateChannel(message);
  message.say('threadId', threadOf(event));
  message.state('authorId', event['user'] === undefined ? 'bot_id' : 'user', usableId);
  message.say('authorIsBot', event['bot_id'] !== undefined || subtype === 'bot_message');
  stateText(message, '');
  if (isMention) message.say('mentionsUs', true);
  message.state('fileCount', 'files', countOf);
  message.state('postedAt', 'ts', readDecimalSeconds);
  return message.fact('communications.chat.message_posted');
}

/** A message whose text was changed, or that is gone; undefined where it is neither. */
export function changedMessage(event: ExactObject): ChatFact | undefined {
  const subtype = textMember(event, 'type') === 'message' ? textMember(event, 'subtype') : undefined;
  if (subtype === 'message_deleted') return deletion(event, event['deleted_ts']);
  const message = objectMember(event, 'message');
  if (subtype !== 'message_changed' || message === undefined) return undefined;
  // Of a deleted message with replies a stone is left in its place.
  if (textMember(message, 'subtype') === 'tombstone') return deletion(event, message['ts']);
  const entity = entityAt(event, message['ts']);
  if (entity === undefined) return undefined;
  const reader = new SnapshotReader('communications.chat.v1', event);
  stateChannel(reader);
  reader.state('authorId', message['user'] === undefined ? 'message.bot_id' : 'message.user', usableId);
  stateText(reader, 'message.');
  reader.state('fileCount', 'message.files', countOf);
  reader.state('editedAt', 'message.edited.ts', readDecimalSeconds);
  return { entity, read: reader.fact('communications.chat.message_changed') };
}

function deletion(event: ExactObject, ts: ExactJson | undefined): ChatFact | undefined {
  const entity = entityAt(event, ts);
  if (entity === undefined) return undefined;
  const reader = new SnapshotReader('communications.chat.v1', event);
  stateChannel(reader);
  reader.say('isDeleted', true);
  return { entity, read: reader.fact('communications.chat.message_deleted') };
}

/** The message that an event of another kind names by its time. */
function entityAt(event: ExactObject, ts: ExactJson | undefined): EntityRef | undefined {
  return ts === undefined ? undefined : messageEntity({ channel: event['channel'] ?? null, ts });
}

/** What is said in blocks or attachments alone is not read. */
function stateText(reader: SnapshotReader<'communications.chat.v1'>, place: '' | 'message.'): void {
  reader.state('text', `${place}text`, textUpTo(textLimit.text));
  reader.state('textTruncated', `${place}text`, isCut(textLimit.text));
  const text = reader.find(`${place}text`);
  if (typeof text === 'string' && text !== '') return;
  for (const content of ['blocks', 'attachments']) {
    if ((countOf(reader.find(place + content) ?? null) ?? 0) > 0) reader.flaw(place + content);
  }
}

function stateChannel(reader: SnapshotReader<'communications.chat.v1'>): void {
  reader.state('channelId', 'channel', usableId);
  reader.state('channelType', 'channel_type', readChannelType);
}

function countOf(files: ExactJson): number | undefined {
  return Array.isArray(files) ? files.length : undefined;
}

/** Slack names the thread of every message in one, so a message without a name is in none. */
function threadOf(event: ExactObject): string | null | undefined {
  if (event['thread_ts'] === undefined) return null;
  const channel = usableId(event['channel'], maxPartLength);
  const thread = usableId(event['thread_ts'], maxPartLength);
  return channel === undefined || thread === undefined ? undefined : idOf(channel, thread);
}

function readChannelType(value: ExactJson): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value === 'im' ? 'direct' : value;
}

import { type EntityRef, type ExactJson, type ExactObject, textLimit } from '@trunkline/events';

import { textMember } from '../contract/json-body.ts';
import { type SnapshotFact, SnapshotReader } from '../contract/snapshot.ts';
import { isCut, textUpTo } from '../contract/texts.ts';
import { readDecimalSeconds } from '../contract/times.ts';
import { usableId } from '../contract/usable-id.ts';

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

/** Real ones have some twenty characters each. */
const maxPartLength = 200;

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
  message.say('status', 'posted');
  message.say('providerStatus', subtype ?? type);
  message.state('channelId', 'channel', usableId);
  message.state('channelType', 'channel_type', readChannelType);
  message.say('threadId', threadOf(event));
  message.state('authorId', event['user'] === undefined ? 'bot_id' : 'user', usableId);
  message.say('authorIsBot', event['bot_id'] !== undefined || subtype === 'bot_message');
  message.state('text', 'text', textUpTo(textLimit.text));
  message.state('textTruncated', 'text', isCut(textLimit.text));
  if (isMention) message.say('mentionsUs', true);
  message.state('fileCount', 'files', (files) => (Array.isArray(files) ? files.length : undefined));
  message.state('postedAt', 'ts', readDecimalSeconds);
  return message.fact('communications.chat.message_posted');
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

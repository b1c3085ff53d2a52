import type { EventMapping } from '../contract/provider.ts';
import { channelTypes, memberTypes } from './channel.ts';
import { reactionTypes } from './reaction.ts';

/** https://docs.slack.dev/reference/events: the events that have a canonical form. Messages say their kind in a second word. */
export const slackMappings: readonly EventMapping[] = [
  { from: 'message', to: 'communications.chat.message_posted' },
  { from: 'app_mention', to: 'communications.chat.message_posted' },
  { from: 'message.message_changed', to: 'communications.chat.message_changed' },
  { from: 'message.message_deleted', to: 'communications.chat.message_deleted' },
  ...[...reactionTypes, ...channelTypes, ...memberTypes].map(([from, to]) => ({ from, to })),
];

/** What Slack sends beside them: what people do in the application, and interactions. */
export const slackPassedOn: readonly string[] = [
  'app_home_opened',
  'app_uninstalled',
  'app_rate_limited',
  'file_shared',
  'link_shared',
  'pin_added',
  'pin_removed',
  'team_join',
  'tokens_revoked',
  'user_change',
  'block_actions',
  'view_submission',
  'shortcut',
  'message_action',
  'slash_command',
];

import { z } from 'zod';

import { jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { SlackCredentials } from '../credentials.ts';

export interface PostMessageInput {
  /** Id of a channel, or of a user for a direct message. */
  readonly channel: string;
  readonly text: string;
  /** Stays with the message, so that it can be found: https://docs.slack.dev/messaging/message-metadata */
  readonly mark?: string;
}

/** https://docs.slack.dev/reference/methods/chat.postMessage: one message a second for each channel. */
export const postMessage: OperationDefinition<SlackCredentials, PostMessageInput, { readonly ts: string }> = {
  name: 'chat.postMessage',
  repeatable: 'no',
  request: ({ channel, text, mark }) => ({
    method: 'POST',
    path: '/api/chat.postMessage',
    // The charset, or Slack warns in every answer.
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: {
      json: {
        channel,
        text,
        metadata: mark === undefined ? undefined : { event_type: 'trunkline_message', event_payload: { mark } },
      },
    },
  }),
  answer: jsonAnswer(z.object({ ok: z.literal(true), ts: z.string() })),
  rates: ({ channel }) => [{ key: `channel:${channel}`, count: 1, periodMs: 1_000, burst: 1 }],
};

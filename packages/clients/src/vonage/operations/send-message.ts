import { z } from 'zod';

import { jsonAnswer, type OperationDefinition } from '../../contract/index.ts';
import type { VonageCredentials } from '../credentials.ts';

export interface SendMessageInput {
  /** E.164. */
  readonly to: string;
  /** A number of the account in E.164, or a name where the country allows one. */
  readonly from: string;
  readonly text: string;
}

const answer = z.object({ message_uuid: z.string() });

/** A text message. Nothing makes Vonage know a request again: whoever may have sent it waits for its states. */
export const sendMessage: OperationDefinition<VonageCredentials, SendMessageInput, z.infer<typeof answer>> = {
  name: 'messages.send',
  repeatable: 'no',
  request: ({ to, from, text }) => ({
    method: 'POST',
    path: '/v1/messages',
    body: { json: { message_type: 'text', channel: 'sms', to: withoutPlus(to), from: withoutPlus(from), text } },
  }),
  answer: jsonAnswer(answer),
};

function withoutPlus(number: string): string {
  return number.replace(/^\+/, '');
}

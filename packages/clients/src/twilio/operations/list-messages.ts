import { z } from 'zod';

import { jsonAnswer, type OperationDefinition, pathOf } from '../../contract/index.ts';
import type { TwilioCredentials } from '../credentials.ts';
import { accounts, twilioMessage } from '../message.ts';

export interface ListMessagesInput {
  readonly to: string;
  readonly from?: string;
  /** The day, `YYYY-MM-DD` in UTC. */
  readonly dateSent: string;
}

const page = z.object({
  messages: z.array(z.object({ ...twilioMessage.shape, body: z.string(), date_created: z.string() })),
});

/** The newest 100 messages of a day to a number: how it is found out whether one was sent whose answer was lost. */
export const listMessages: OperationDefinition<TwilioCredentials, ListMessagesInput, z.infer<typeof page>> = {
  name: 'messages.list',
  repeatable: 'yes',
  request: ({ to, from, dateSent }, { credentials }) => ({
    method: 'GET',
    path: pathOf(accounts, credentials.accountSid, 'Messages.json'),
    query: { To: to, From: from, DateSent: dateSent, PageSize: '100' },
  }),
  answer: jsonAnswer(page),
};

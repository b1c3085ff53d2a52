import { jsonAnswer, type OperationDefinition, pathOf } from '../../contract/index.ts';
import type { TwilioCredentials } from '../credentials.ts';
import { accounts, type TwilioMessage, twilioMessage } from '../message.ts';

/** What became of a message. */
export const fetchMessage: OperationDefinition<TwilioCredentials, { readonly sid: string }, TwilioMessage> = {
  name: 'messages.get',
  repeatable: 'yes',
  request: ({ sid }, { credentials }) => ({
    method: 'GET',
    path: pathOf(accounts, credentials.accountSid, 'Messages', `${sid}.json`),
  }),
  answer: jsonAnswer(twilioMessage),
};
